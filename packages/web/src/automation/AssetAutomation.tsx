import { Alert, Anchor, Stack } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useLiveQuery } from "../graphql/live-query.ts";
import { shortId } from "../ui/CopyableId.tsx";
import { Facts } from "../ui/Facts.tsx";
import { RequestFailed } from "../ui/Message.tsx";
import { PageSkeleton, Section } from "../ui/Page.tsx";
import { Age } from "../ui/Time.tsx";
import { ExplainAutomationDocument, type ExplainAutomationQuery } from "./automation.gen.ts";
import type { ConditionPart } from "./condition-part.ts";
import { ConditionTree } from "./ConditionTree.tsx";
import { PartitionPicker } from "./PartitionPicker.tsx";

type Explanation = NonNullable<ExplainAutomationQuery["explainAutomation"]>;
type Evaluation = Explanation["latest"][number];

/** Evaluations that are listed. */
const SHOWN = 20;

/** Why an asset's automation condition does or does not ask for it: now, for a chosen partition, and in the evaluations that are kept. */
export function AssetAutomation(props: {
  readonly assetKey: string;
  readonly isPartitioned: boolean;
  /** Null: any. */
  readonly partition: string | null;
  readonly onPartition: (partition: string | null) => void;
}) {
  const { data, error } = useLiveQuery(
    ExplainAutomationDocument,
    { key: props.assetKey, partition: props.isPartitioned ? props.partition : null, limit: SHOWN },
    { topics: ["assets", "runs"] },
  );
  const found = data?.explainAutomation;
  return (
    <Stack gap={18} mt={18}>
      {props.isPartitioned ? (
        <PartitionPicker
          assetKey={props.assetKey}
          partition={props.partition}
          onPartition={props.onPartition}
        />
      ) : null}
      {found ? <Found found={found} /> : error ? <RequestFailed error={error} /> : <PageSkeleton />}
    </Stack>
  );
}

function Found({ found }: { readonly found: Explanation }) {
  const { problem, offWith, now, latest, evaluations, evaluatedAt } = found;
  return (
    <>
      {problem === null ? null : (
        <Alert color="red" title="The condition is not evaluated">
          {problem}
        </Alert>
      )}
      {offWith === null ? null : (
        <Alert color="yellow" title={`Switched off with its ${offWith}`}>
          It is not evaluated until somebody switches it on{" "}
          <Link to="/automation">on the Automation page</Link>.
        </Alert>
      )}
      {now ? (
        <Section title="Now">
          <Facts
            facts={[
              ["Asked for", now.isRequested ? "yes" : "no"],
              ["Waits until", now.blockers.length === 0 ? null : <Events of={now.blockers} />],
              ["Looks at", now.looksAt && <LooksAt assets={now.looksAt} />],
              ["Looks again", now.until === null ? null : <Age at={now.until} />],
              ["Evaluated", `${evaluations} times`],
              ["Last", evaluatedAt === null ? "never" : <Age at={evaluatedAt} />],
            ]}
          />
          <ConditionTree part={now.tree as ConditionPart} label="The condition now" />
        </Section>
      ) : null}
      <Section title="Evaluations">
        {latest.length === 0 ? (
          <span className="quiet">None has asked for anything or changed what it remembers.</span>
        ) : (
          latest.map((evaluation) => <KeptEvaluation key={evaluation.id} evaluation={evaluation} />)
        )}
      </Section>
    </>
  );
}

/** More events or assets than this are shown by who wants to see them. */
const LISTED = 8;

/** What something waits for: any of these. */
function Events({ of: blockers }: { readonly of: NonNullable<Explanation["now"]>["blockers"] }) {
  const lines = blockers.map(({ name, target, event }) => (
    <div key={`${name} ${target} ${event}`}>{event}</div>
  ));
  if (lines.length <= LISTED) return lines;
  return (
    <>
      {lines.slice(0, LISTED)}
      <details>
        <summary>or {lines.length - LISTED} others</summary>
        {lines.slice(LISTED)}
      </details>
    </>
  );
}

function LooksAt({ assets }: { readonly assets: readonly string[] }) {
  if (assets.length <= LISTED) return assets.join(", ");
  return (
    <details>
      <summary>{assets.length} assets</summary>
      {assets.join(", ")}
    </details>
  );
}

function KeptEvaluation({ evaluation }: { readonly evaluation: Evaluation }) {
  const { timestamp, requestedCount, runIds, backfillId, problem, tree } = evaluation;
  return (
    <details>
      <summary>
        <Age at={timestamp} />{" "}
        {requestedCount > 0 ? `asked for ${requestedCount}` : "remembered something new"}{" "}
        {runIds.map((id) => (
          <Anchor
            key={id}
            fz="inherit"
            className="mono"
            renderRoot={(props) => <Link to="/runs/$runId" params={{ runId: id }} {...props} />}
          >
            {shortId(id)}
          </Anchor>
        ))}
        {backfillId === null ? null : (
          <Anchor
            fz="inherit"
            renderRoot={(props) => <Link to="/backfills/$backfillId" params={{ backfillId }} {...props} />}
          >
            backfill
          </Anchor>
        )}
        {problem === null ? null : <span role="alert">{problem}</span>}
      </summary>
      <ConditionTree part={tree as ConditionPart} />
    </details>
  );
}
