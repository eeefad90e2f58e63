import { sql } from "kysely";
import type { Db, Trx } from "../database/connect.ts";
import { readStoredSettings, type DeploymentSettings } from "../deployments/settings.ts";
import { appendControlPlaneEvents, type ControlPlaneEvent } from "../runs/fold/append-run-events.ts";
import { inTransaction } from "../database/in-transaction.ts";
import {
  insertAttempt,
  joinLocation,
  launchableColumns,
  type LaunchableRun,
} from "../runs/attempts/insert-attempt.ts";
import { INITIAL_RUN_STATE } from "@millrace/model/run-status";
import { transactionInstant, type LockedRun } from "../runs/fold/lock-run.ts";
import { selectRunnable, type RunInQueue } from "./select-runnable.ts";

/** Queued runs that are looked at together when limits for tags may hold some of them back. */
const PAGE = 1_000;

/** What the coordinator goes by. */
type QueueSettings = Pick<
  DeploymentSettings,
  "maxConcurrentRuns" | "tagConcurrencyLimits" | "startTimeoutSeconds"
>;

/**
 * Starts every queued run that the limits let start: each gets an attempt with a token of its own and a work item for the agents
 * of its location's queue. Returns how many. Replicas that do this at once wait for each other, so limits hold among them.
 */
export async function dequeueRuns(db: Db, deploymentId: string, settings: QueueSettings): Promise<number> {
  return inTransaction(db, async (trx) => {
    await sql`select pg_advisory_xact_lock(${queueLock(deploymentId)})`.execute(trx);
    return startRunnable(trx, deploymentId, settings, Infinity);
  });
}

/**
 * Starts the first queued run if nothing holds it back that takes longer to look at: for a transaction that has just put a run
 * into the queue, so that an idle deployment starts it without the coordinator's round trips and commit. Where limits for tags
 * are set, or somebody else is at the queue, the coordinator comes to it.
 */
export async function startFirstQueued(trx: Trx, deploymentId: string): Promise<void> {
  const lock = await sql<{ settings: unknown; locked: boolean }>`
    select settings, pg_try_advisory_xact_lock(${queueLock(deploymentId)}) as locked from deployment
    where id = ${deploymentId}`.execute(trx);
  const row = lock.rows[0];
  if (row === undefined || !row.locked) return;
  const { settings } = readStoredSettings(row.settings);
  if (settings.tagConcurrencyLimits.length === 0) await startRunnable(trx, deploymentId, settings, 1);
}

/** Who holds this advisory lock until its transaction ends decides alone which runs of the deployment start. */
function queueLock(deploymentId: string): ReturnType<typeof sql> {
  return sql`hashtextextended(${`dequeue ${deploymentId}`}, 0)`;
}

/** @param most looks at no more runs than this, when there are no limits for tags. */
async function startRunnable(
  trx: Trx,
  deploymentId: string,
  settings: QueueSettings,
  most: number,
): Promise<number> {
  const { tagConcurrencyLimits, maxConcurrentRuns } = settings;
  const pageSize = Math.min(PAGE, most, tagConcurrencyLimits.length === 0 ? maxConcurrentRuns : PAGE);
  let active: Pick<RunInQueue, "tags">[] | null = null;
  let started = 0;
  let last: QueuedRun | undefined;
  for (;;) {
    const queued = await listQueued(trx, deploymentId, maxConcurrentRuns, last, pageSize);
    active ??= (queued[0]?.active ?? []).map((tags) => ({ tags }));
    const selected = new Set(selectRunnable(queued, active, settings));
    for (const run of queued) {
      if (!selected.has(run)) continue;
      await start(trx, run, settings.startTimeoutSeconds);
      active.push(run);
      started++;
    }
    last = queued.at(-1);
    if (
      started >= most ||
      last === undefined ||
      queued.length < pageSize ||
      active.length >= maxConcurrentRuns
    )
      return started;
  }
}

/** A queued run, and what the limits and its first event ask of it. */
interface QueuedRun extends RunInQueue, LaunchableRun {
  readonly eventCount: number;
  readonly rootRunId: string | null;
  /** See `LockedRun`. */
  readonly now: number;
  /** The tags of every run that holds a slot. */
  readonly active: readonly RunInQueue["tags"][];
}

/**
 * The next runs in the order of the queue, locked: one that is being canceled meanwhile is waited for and left out. None when
 * every slot is taken.
 */
async function listQueued(
  trx: Trx,
  deploymentId: string,
  slots: number,
  after: QueuedRun | undefined,
  limit: number,
): Promise<QueuedRun[]> {
  const beyond =
    after === undefined
      ? sql``
      : sql`and (-priority, created_at, id) > (select -priority, created_at, id from run where id = ${after.id})`;
  const result = await sql<QueuedRun>`
    with active as (
      select coalesce(jsonb_agg(tags), '[]') as tags, count(*) as count from run
      where deployment_id = ${deploymentId} and status in ('STARTING', 'STARTED', 'CANCELING')
    ), queued as (
      select * from run where deployment_id = ${deploymentId} and status = 'QUEUED' ${beyond}
      order by priority desc, created_at, id
      limit case when (select count from active) < ${slots}::integer then ${limit}::integer else 0 end for update
    )
    select ${launchableColumns}, extract(epoch from q.created_at)::float8 * 1000 as "queuedAt",
      q.event_count as "eventCount", q.root_run_id as "rootRunId",
      ${transactionInstant} as now, a.tags as active
    from queued q cross join active a ${joinLocation}
    order by q.priority desc, q.created_at, q.id`.execute(trx);
  return result.rows;
}

async function start(trx: Trx, run: QueuedRun, startTimeoutSeconds: number): Promise<void> {
  const locked: LockedRun = { ...run, state: INITIAL_RUN_STATE };
  if (run.queue === null) {
    const message = `Code location ${run.locationName} was removed while the run waited`;
    const failure: ControlPlaneEvent = {
      type: "RUN_FAILURE",
      message,
      reason: "LAUNCH_FAILURE",
      error: null,
    };
    await appendControlPlaneEvents(trx, locked, [failure]);
    return;
  }
  await insertAttempt(trx, { ...run, queue: run.queue }, null, startTimeoutSeconds);
  const message = `Waiting for an agent of queue ${run.queue} to start the worker`;
  await appendControlPlaneEvents(trx, locked, [{ type: "RUN_STARTING", message }]);
}
