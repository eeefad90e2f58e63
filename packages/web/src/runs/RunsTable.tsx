import { isAuthorsJob } from "@millrace/model/runs/authors-job";
import { describeTarget } from "@millrace/model/runs/describe-target";
import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { shortId } from "../ui/CopyableId.tsx";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Tags } from "../ui/Tags.tsx";
import { Age, Elapsed } from "../ui/Time.tsx";
import { describeFailureReason, describePartitions, isBeingFailed, userTags } from "./run-words.ts";
import type { RunsQuery } from "./runs.gen.ts";
import styles from "./RunsTable.module.css";
import { lookOfRunNow } from "./looks/run-look.ts";

type Row = RunsQuery["runs"]["nodes"][number];

const COLUMNS: readonly Column<Row>[] = [
  { header: "Run", cell: RunCell, phone: "title" },
  { header: "Status", cell: (run) => <StateTag look={lookOfRunNow(run)} />, width: "110px" },
  { header: "Target", cell: TargetCell, phone: "hidden" },
  { header: "Tags", cell: (run) => <Tags tags={userTags(run.tags)} />, phone: "hidden" },
  { header: "Created", cell: (run) => <Age at={run.createdAt} />, align: "right", width: "110px" },
  {
    header: "Duration",
    cell: (run) => (run.startedAt === null ? null : <Elapsed from={run.startedAt} to={run.endedAt} />),
    align: "right",
    width: "110px",
  },
];

/** Runs as rows; each leads to its page. */
export function RunsTable({ runs }: { readonly runs: readonly Row[] }) {
  return <DataTable label="Runs" columns={COLUMNS} rows={runs} rowKey={(run) => run.id} />;
}

function RunCell(run: Row) {
  return (
    <>
      <Anchor
        renderRoot={(props) => <Link to="/runs/$runId" params={{ runId: run.id }} {...props} />}
        fz="inherit"
        fw={550}
        aria-label={`Run ${run.id}`}
      >
        {describeTarget(run)}
      </Anchor>{" "}
      <span className="mono quiet">{shortId(run.id)}</span>
      {run.status === "FAILURE" || isBeingFailed(run) ? (
        <div className={styles["failure"]} title={run.failureMessage ?? ""}>
          {run.failureMessage ?? describeFailureReason(run.failureReason)}
        </div>
      ) : null}
    </>
  );
}

function TargetCell(run: Row) {
  const assets = run.assetKeys.length;
  return (
    <span className="quiet">
      {!isAuthorsJob(run.jobName) || assets === 0
        ? run.locationName
        : `${assets} asset${assets === 1 ? "" : "s"}`}
      {describePartitions(run) ? (
        <>
          {" · "}
          <span className="mono">{describePartitions(run)}</span>
        </>
      ) : null}
    </span>
  );
}
