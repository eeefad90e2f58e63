import { sql, type Selectable } from "kysely";
import type { RunStatus } from "@millrace/model/run-status";
import type { RunFailureReason } from "@millrace/model/run-failure";
import { readRunOrigin, type RunOrigin } from "@millrace/model/runs/run-origin";
import type { RunTarget } from "@millrace/model/runs/run-target";
import type { Db } from "../database/connect.ts";
import type { RunTable } from "../database/tables.gen.ts";
import type { RunPools } from "./run-pools.ts";
import type { AttemptState } from "./attempt-state.ts";
import { outlivingAttempts } from "./outliving-attempts.ts";
import { isRunId } from "./run-id.ts";

/** A run as it is stored. */
export interface Run extends RunTarget {
  readonly id: string;
  readonly deploymentId: string;
  readonly locationName: string;
  readonly locationVersionId: string | null;
  readonly status: RunStatus;
  readonly failureReason: RunFailureReason | null;
  readonly failureMessage: string | null;
  readonly assetKeys: readonly string[];
  /** Every partition of a range; null: one or none. */
  readonly partitionKeys: readonly string[] | null;
  readonly priority: number;
  /** The pools of its steps; null: none of them has one. */
  readonly pools: RunPools | null;
  readonly rootRunId: string | null;
  readonly parentRunId: string | null;
  readonly origin: RunOrigin;
  readonly attempt: number;
  /** How many events are stored of it, or were. */
  readonly eventCount: number;
  /** When the run, which has failed, is launched again by itself; null: it is not, or has been. */
  readonly retryAt: Date | null;
  /** The run that repeats it by itself; null: there is none. */
  readonly retryRunId: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** Until when it waits without a worker, and without a slot; null: it does not. In the past: it waits for a slot to go on. */
  readonly waitingUntil: Date | null;
}

/** The run, or null when the deployment has none with this id. */
export async function findRun(db: Db, deploymentId: string, id: string): Promise<Run | null> {
  return (await findRuns(db, deploymentId, [id])).get(id) ?? null;
}

/** Those of the runs that are there, by id. */
export async function findRuns(
  db: Db,
  deploymentId: string,
  ids: readonly string[],
): Promise<Map<string, Run>> {
  const rows = await db
    .selectFrom("run")
    .selectAll()
    .where("deployment_id", "=", deploymentId)
    .where("id", "=", sql<string>`any(${ids.filter(isRunId)}::uuid[])`)
    .execute();
  return new Map(rows.map((row) => [row.id, readRun(row)]));
}

/** How many runs of a deployment there are that have not ended. */
export interface UnfinishedRuns {
  /** That wait. */
  readonly queued: number;
  /** That hold a slot. */
  readonly active: number;
  /** That wait without a worker, and without a slot. */
  readonly waiting: number;
  /** Of those that hold a slot: whose workers are out of reach. */
  readonly unreachable: number;
}

/** How many runs wait, and how many hold a slot. */
export async function countUnfinishedRuns(db: Db, deploymentId: string): Promise<UnfinishedRuns> {
  const result = await sql<UnfinishedRuns>`
    select (select count(*) from run where deployment_id = ${deploymentId} and status = 'QUEUED') as queued,
      (select count(*) from run where deployment_id = ${deploymentId} and status in ('STARTING', 'STARTED', 'CANCELING')
        and waiting_until is null) + (select count(*) from ${outlivingAttempts(deploymentId)} outliving) as active,
      (select count(*) from run where deployment_id = ${deploymentId} and waiting_until is not null) as waiting,
      (select count(*) from run_attempt where deployment_id = ${deploymentId} and state = 'running' and unreachable_since is not null) as unreachable`.execute(
    db,
  );
  return result.rows[0] ?? { queued: 0, active: 0, waiting: 0, unreachable: 0 };
}

/** Where the worker of a run's newest attempt runs. */
export interface RunWorker {
  readonly runId: string;
  readonly agentId: string | null;
  /** For people: `4711@host`; null: it has not begun. */
  readonly place: string | null;
  readonly leaseUntil: Date;
  /** Since when nothing has been heard of it; null: it is heard, has not begun, or has ended. */
  readonly unreachableSince: Date | null;
  /** Since when its main thread has not answered, though it lives; null: it answers, has not begun, or has ended. */
  readonly blockedSince: Date | null;
  readonly state: AttemptState;
}

/** The workers of the newest attempts of runs, by run; runs without an attempt have none. */
export async function findWorkers(
  db: Db,
  deploymentId: string,
  runIds: readonly string[],
): Promise<Map<string, RunWorker>> {
  const result = await sql<RunWorker>`
    select r.id as "runId", a.agent_id as "agentId", a.worker ->> 'place' as place,
      a.lease_until as "leaseUntil", case a.state when 'running' then a.unreachable_since end as "unreachableSince",
      case a.state when 'running' then a.blocked_since end as "blockedSince", a.state
    from run r join run_attempt a on a.run_id = r.id and a.attempt = r.attempt where r.deployment_id = ${deploymentId} and r.id = any(${runIds}::uuid[])`.execute(
    db,
  );
  return new Map(result.rows.map((worker) => [worker.runId, worker]));
}

/** A row of `run` as the program sees it. */
export function readRun(row: Selectable<RunTable>): Run {
  return {
    id: row.id,
    deploymentId: row.deployment_id,
    locationName: row.location_name,
    locationVersionId: row.location_version_id,
    jobName: row.job_name,
    status: row.status as RunStatus,
    failureReason: row.failure_reason as RunFailureReason | null,
    failureMessage: row.failure_message,
    runConfig: row.run_config as Run["runConfig"],
    tags: row.tags as Run["tags"],
    assetSelection: row.asset_selection,
    checkSelection: row.check_selection,
    stepSelection: row.step_selection,
    assetKeys: row.asset_keys,
    partitionKey: row.partition_key,
    partitionRange:
      row.partition_start === null || row.partition_end === null
        ? null
        : { start: row.partition_start, end: row.partition_end },
    partitionKeys: row.partition_keys,
    priority: row.priority,
    pools: row.pools as Run["pools"],
    rootRunId: row.root_run_id,
    parentRunId: row.parent_run_id,
    origin: readRunOrigin(row.origin_kind, row.origin_name),
    attempt: row.attempt,
    eventCount: row.event_count,
    retryAt: row.retry_at,
    retryRunId: row.retry_run_id,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    waitingUntil: row.waiting_until,
  };
}
