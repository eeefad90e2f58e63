import { isAuthorsJob } from "@millrace/model/runs/authors-job";
import { describeTarget } from "@millrace/model/runs/describe-target";
import { Anchor, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CopyText, shortId } from "../ui/CopyableId.tsx";
import { formatQuantity } from "../ui/number-format.ts";
import { StateTag } from "../ui/StateTag.tsx";
import { Age, Elapsed } from "../ui/Time.tsx";
import type { RunDetails } from "./run-details.ts";
import { describeOrigin, describePartitions, describeStatus } from "./run-words.ts";
import styles from "./RunHeading.module.css";
import { lookOfRunNow } from "./looks/run-look.ts";

/** The heading of a run's page: its status, what it runs, and its id. */
export function RunHeading({ run }: { readonly run: RunDetails }) {
  return (
    <span className={styles["heading"]}>
      <StateTag look={lookOfRunNow(run)} label={describeStatus(run)} />
      <span>{describeTarget(run)}</span>
      <span className={styles["id"]}>
        Run <span className="mono">{run.id}</span> <CopyText text={run.id} label="Copy the run's id" />
      </span>
    </span>
  );
}

/** When, how long, where, and which runs it belongs with; one quiet line. */
export function RunFacts({ run }: { readonly run: RunDetails }) {
  const origin = describeOrigin(run.origin);
  return (
    <Group gap={18} className={styles["facts"] ?? ""}>
      <span>
        Created <Age at={run.createdAt} />
        {origin === null ? null : ` by ${origin}`}
      </span>
      {run.startedAt ? (
        <span>
          {run.endedAt ? "Took" : run.waitingUntil ? "Under way for" : "Running for"}{" "}
          <Elapsed from={run.startedAt} to={run.endedAt} />
        </span>
      ) : null}
      {run.waitingUntil ? (
        <span>
          Goes on <Age at={run.waitingUntil} />
        </span>
      ) : null}
      {isAuthorsJob(run.jobName) ? (
        <span>
          Job{" "}
          <Anchor
            fz="inherit"
            renderRoot={(props) => (
              <Link
                to="/jobs/$location/$job"
                params={{ location: run.locationName, job: run.jobName }}
                {...props}
              />
            )}
          >
            {run.jobName}
          </Anchor>
        </span>
      ) : null}
      {run.partitionRange || run.partitionKey ? (
        <span>
          {run.partitionRange ? `${formatQuantity(run.partitionCount, "partition")} ` : "Partition "}
          <span className="mono">{describePartitions(run)}</span>
        </span>
      ) : null}
      <span>
        Location{" "}
        <Anchor
          fz="inherit"
          renderRoot={(props) => (
            <Link to="/locations/$name" params={{ name: run.locationName }} {...props} />
          )}
        >
          {run.locationName}
        </Anchor>
      </span>
      {run.worker?.place && !run.waitingUntil ? (
        <span>
          Worker <span className="mono">{run.worker.place}</span>
        </span>
      ) : null}
      {run.attempt > 1 ? <span>Attempt {run.attempt}</span> : null}
      {run.parentRunId ? (
        <span>
          Re-run of{" "}
          <Anchor
            fz="inherit"
            className="mono"
            renderRoot={(props) => (
              <Link to="/runs/$runId" params={{ runId: run.parentRunId ?? "" }} {...props} />
            )}
          >
            {shortId(run.parentRunId)}
          </Anchor>
        </span>
      ) : null}
    </Group>
  );
}
