import { Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import { plainCheckMessage } from "@millrace/model/check-message";
import { useLiveQuery } from "../graphql/live-query.ts";
import { MetadataList } from "../ui/metadata/MetadataList.tsx";
import { Chip } from "../ui/Tags.tsx";
import { Age } from "../ui/Time.tsx";
import type { AssetDetails } from "./asset-details.ts";
import { AssetCheckHistoryDocument } from "./assets.gen.ts";
import { EventOrigin } from "./EventOrigin.tsx";
import { RunLink } from "./RunLink.tsx";

type Check = AssetDetails["checks"][number];
type Evaluation = NonNullable<Check["latestEvaluation"]>;

/** The checks of an asset with their latest outcome; `brief` for the side of the overview, otherwise with metadata and history. */
export function AssetChecks({
  asset,
  brief = false,
}: {
  readonly asset: AssetDetails;
  readonly brief?: boolean;
}) {
  const { data } = useLiveQuery(
    AssetCheckHistoryDocument,
    { key: asset.key, limit: 20 },
    { topics: ["assets"], enabled: !brief },
  );
  return (
    <Stack gap={brief ? 8 : 20} mt={brief ? 0 : 18} role="list" aria-label="Checks">
      {asset.checks.map((check) => (
        <div key={check.name} role="listitem">
          <Group gap={8} wrap="nowrap" align="flex-start">
            <Outcome check={check} />
            <div style={{ minWidth: 0, flex: 1, overflowWrap: "anywhere" }}>
              <Group gap={8} fz="sm">
                <Text fw={550} fz="inherit">
                  {check.name}
                </Text>
                {check.blocking ? <Chip text="blocking" /> : null}
                {asset.partitions !== null && !check.perPartition ? <Chip text="of all partitions" /> : null}
                {check.latestEvaluation ? (
                  <span className="quiet">
                    <Age at={check.latestEvaluation.timestamp} />
                  </span>
                ) : null}
                {!brief && check.latestEvaluation ? <EventOrigin event={check.latestEvaluation} /> : null}
              </Group>
              {check.failure ? (
                <Text size="xs">
                  Could not be evaluated <Age at={check.failure.failedAt} />: its step failed in run{" "}
                  <RunLink id={check.failure.runId} />
                </Text>
              ) : null}
              <OwnWords assetKey={asset.key} checkName={check.name} evaluation={check.latestEvaluation} />
              {brief ? null : (
                <CheckDetails
                  check={check}
                  past={data?.asset?.checks.find((each) => each.name === check.name)?.evaluations ?? []}
                />
              )}
            </div>
          </Group>
        </div>
      ))}
    </Stack>
  );
}

/** What the check's code says of the outcome; that it passed or not is shown beside its name. */
function OwnWords(props: {
  readonly assetKey: string;
  readonly checkName: string;
  readonly evaluation: Evaluation | null;
}) {
  const { assetKey, checkName, evaluation } = props;
  if (!evaluation?.message) return null;
  if (evaluation.message === plainCheckMessage({ assetKey, checkName, passed: evaluation.passed }))
    return null;
  return (
    <Text size="xs" className="quiet">
      {evaluation.message}
    </Text>
  );
}

function CheckDetails({ check, past }: { readonly check: Check; readonly past: readonly Evaluation[] }) {
  return (
    <Stack gap={8} mt={6}>
      {check.description ? <Text size="sm">{check.description}</Text> : null}
      <MetadataList metadata={check.latestEvaluation?.metadata} />
      {past.length > 1 ? (
        <Group
          gap={3}
          role="img"
          aria-label={`The last ${past.length} evaluations: ${past.filter((each) => each.passed).length} passed`}
        >
          {past.toReversed().map((each) => (
            <span
              key={each.id}
              title={`${each.passed ? "Passed" : "Failed"} ${each.timestamp}`}
              style={{ width: 7, height: 18, borderRadius: 2, background: `var(--tone-${toneOf(each)})` }}
            />
          ))}
        </Group>
      ) : null}
    </Stack>
  );
}

function Outcome({ check: { failure, latestEvaluation } }: { readonly check: Check }) {
  const tone = failure ? "broken" : latestEvaluation ? toneOf(latestEvaluation) : "idle";
  const { Icon, word } = {
    good: { Icon: IconCircleCheck, word: "Passed" },
    bad: { Icon: IconCircleX, word: "Failed" },
    broken: { Icon: IconCircleX, word: "Could not be evaluated" },
    warn: { Icon: IconAlertTriangle, word: "Failed with a warning" },
    idle: { Icon: IconCircleDashed, word: "Not evaluated yet" },
  }[tone];
  return (
    <Icon
      size={17}
      style={{ color: `var(--tone-${tone === "broken" ? "bad" : tone})`, flex: "none", marginTop: 1 }}
      role="img"
      aria-label={word}
      title={word}
    />
  );
}

function toneOf(evaluation: Evaluation): "good" | "bad" | "warn" {
  if (evaluation.passed) return "good";
  return evaluation.severity === "WARN" ? "warn" : "bad";
}
