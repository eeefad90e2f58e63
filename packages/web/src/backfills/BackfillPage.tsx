import { Anchor, Group } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useLiveQuery } from "../graphql/live-query.ts";
import { describeOrigin } from "../runs/run-words.ts";
import { RunsDocument } from "../runs/runs.gen.ts";
import { RunsTable } from "../runs/RunsTable.tsx";
import { CopyText } from "../ui/CopyableId.tsx";
import { DataTable, type Column } from "../ui/DataTable.tsx";
import { NotFound, RequestFailed } from "../ui/Message.tsx";
import { formatCount, formatQuantity } from "../ui/number-format.ts";
import { Page, PageSkeleton, Section } from "../ui/Page.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Tags } from "../ui/Tags.tsx";
import { Age, Elapsed } from "../ui/Time.tsx";
import { userTags } from "../runs/run-words.ts";
import { BackfillActions } from "./BackfillActions.tsx";
import { lookOfBackfill } from "./backfill-look.ts";
import { nameBackfill } from "./backfill-words.ts";
import { BackfillDocument, type BackfillPartitionState, type BackfillQuery } from "./backfills.gen.ts";
import { PartitionsDialog, type ChosenPartitions } from "./PartitionsDialog.tsx";
import { ProgressBar } from "./ProgressBar.tsx";
import styles from "./Backfills.module.css";

type Backfill = NonNullable<BackfillQuery["backfill"]>;
type Target = Backfill["targets"][number];

/** One backfill: how far each asset is, which partitions stand how, and its runs. */
export function BackfillPage() {
  const { backfillId } = useParams({ from: "/backfills/$backfillId" });
  const { data, error } = useLiveQuery(BackfillDocument, { id: backfillId }, { topics: ["backfills"] });
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  if (!data.backfill)
    return (
      <NotFound what={`backfill ${backfillId}`}>Backfills are removed when their retention ends.</NotFound>
    );
  return <BackfillView backfill={data.backfill} />;
}

function BackfillView({ backfill }: { readonly backfill: Backfill }) {
  const [chosen, choose] = useState<ChosenPartitions | null>(null);
  const name = nameBackfill(backfill);
  return (
    <Page
      title={`${name} · backfill`}
      heading={
        <Group gap={12} component="span">
          <StateTag look={lookOfBackfill(backfill)} />
          <span>{name}</span>
        </Group>
      }
      actions={<BackfillActions backfill={backfill} />}
    >
      <Facts backfill={backfill} />
      {backfill.message ? (
        <div role="status" className={styles["message"]}>
          {backfill.message}
        </div>
      ) : null}
      <DataTable
        label="What is made"
        columns={columnsFor(choose)}
        rows={backfill.targets}
        rowKey={({ key }) => key}
      />
      <BackfillRuns id={backfill.id} count={backfill.runCount} />
      {chosen ? <PartitionsDialog id={backfill.id} chosen={chosen} onClose={() => choose(null)} /> : null}
    </Page>
  );
}

function Facts({ backfill }: { readonly backfill: Backfill }) {
  const origin = describeOrigin(backfill.origin);
  const { parentId, createdAt, endedAt } = backfill;
  return (
    <Group gap={18} className={styles["facts"] ?? ""}>
      <span>
        Backfill <span className="mono">{backfill.id}</span>{" "}
        <CopyText text={backfill.id} label="Copy the backfill's id" />
      </span>
      <span>
        Created <Age at={createdAt} />
        {origin === null ? null : ` by ${origin}`}
      </span>
      <span>
        {endedAt ? "Took" : "For"} <Elapsed from={createdAt} to={endedAt} />
      </span>
      {parentId === null ? null : (
        <Anchor
          fz="inherit"
          renderRoot={(props) => (
            <Link to="/backfills/$backfillId" params={{ backfillId: parentId }} {...props} />
          )}
        >
          Repeats an earlier backfill
        </Anchor>
      )}
      <Tags tags={userTags(backfill.tags)} />
    </Group>
  );
}

function columnsFor(choose: (chosen: ChosenPartitions) => void): readonly Column<Target>[] {
  const count = (
    header: string,
    field: "materialized" | "running" | "waiting" | "failed" | "skipped",
  ): Column<Target> => ({
    header,
    align: "right",
    width: "100px",
    cell: (target) => {
      const text = formatCount(target[field]);
      const word = <span className={styles["word"]}> {header.toLowerCase()}</span>;
      if (target[field] === 0) return <span className={`quiet ${styles["none"]}`}>{text}</span>;
      if (!target.isPartitioned)
        return (
          <span>
            {text}
            {word}
          </span>
        );
      const state = field.toUpperCase() as BackfillPartitionState;
      return (
        <button
          type="button"
          className="link-button"
          aria-label={`${text} ${header.toLowerCase()} of ${target.key}`}
          onClick={() => choose({ key: target.key, state })}
        >
          {text}
          {word}
        </button>
      );
    },
  });
  return [
    { header: "Asset", cell: ({ key }) => <span>{key}</span>, phone: "title" },
    { header: "Progress", cell: (target) => <ProgressBar counts={target} />, phone: "line", width: "200px" },
    { header: "All", cell: ({ targeted }) => formatCount(targeted), align: "right", width: "90px" },
    count("Made", "materialized"),
    count("Running", "running"),
    count("Waiting", "waiting"),
    count("Failed", "failed"),
    count("Skipped", "skipped"),
  ];
}

function BackfillRuns({ id, count }: { readonly id: string; readonly count: number }) {
  const filter = { tags: [{ key: "millrace/backfill", value: id }] };
  const { data } = useLiveQuery(RunsDocument, { filter, limit: 50, after: null }, { topics: ["runs"] });
  const runs = data?.runs.nodes ?? [];
  return (
    <Section
      title={formatQuantity(count, "run")}
      actions={
        data?.runs.hasMore ? (
          <Link to="/runs" search={{ tag: `millrace/backfill:${id}` }}>
            All runs
          </Link>
        ) : null
      }
    >
      {runs.length === 0 ? (
        <span className="quiet">None has been launched yet.</span>
      ) : (
        <RunsTable runs={runs} />
      )}
    </Section>
  );
}
