import { Alert, Anchor, Stack, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useLiveQuery } from "../graphql/live-query.ts";
import { shortId } from "../ui/CopyableId.tsx";
import { Facts } from "../ui/Facts.tsx";
import { RequestFailed } from "../ui/Message.tsx";
import { PageSkeleton, Section } from "../ui/Page.tsx";
import { Age } from "../ui/Time.tsx";
import { ExplainAutomationDocument, type ExplainAutomationQuery } from "./automation.gen.ts";
import { ConditionTree, type ConditionPart } from "./ConditionTree.tsx";

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
  const [partition] = useDebouncedValue(props.partition, 300);
  const { data, error } = useLiveQuery(
    ExplainAutomationDocument,
    { key: props.assetKey, partition: props.isPartitioned ? partition : null, limit: SHOWN },
    { topics: ["assets", "runs"] },
  );
  const found = data?.explainAutomation;
  return (
    <Stack gap={18} mt={18}>
      {props.isPartitioned ? (
        <TextInput
          label="Partition"
          placeholder="any"
          value={props.partition ?? ""}
          onChange={(event) => props.onPartition(event.currentTarget.value || null)}
          w={260}
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
              [
                "Waits until",
                now.blockers.length === 0
                  ? null
                  : now.blockers.map(({ name, target, event }) => (
                      <div key={`${name} ${target} ${event}`}>{event}</div>
                    )),
              ],
              ["Looks at", now.looksAt?.join(", ")],
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
