import { sql, type RawBuilder } from "kysely";
import type { Db, Trx } from "../database/connect.ts";
import { readStoredSettings, type DeploymentSettings } from "../deployments/settings.ts";
import { appendControlPlaneEvents, type ControlPlaneEvent } from "../runs/fold/append-run-events.ts";
import { inTransaction } from "../database/in-transaction.ts";
import {
  prepareAttempt,
  joinLocation,
  launchableColumns,
  type LaunchableRun,
} from "../runs/attempts/prepare-attempt.ts";
import { INITIAL_RUN_STATE } from "@millrace/model/run-status";
import { transactionInstant, type LockedRun } from "../runs/fold/lock-run.ts";
import { listFullSlots, selectRunnable, type FullSlot, type RunInQueue } from "./select-runnable.ts";

/** Queued runs that are looked at together when limits for tags may hold some of them back. */
const PAGE = 1_000;

/** What the coordinator goes by. */
type QueueSettings = Pick<
  DeploymentSettings,
  "maxConcurrentRuns" | "tagConcurrencyLimits" | "startTimeoutSeconds" | "workerLeaseSeconds"
>;

/**
 * Starts every queued run that the limits let start: each gets an attempt with a token of its own and a work item for the agents
 * of its location's queue. Returns how many. Replicas that do this at once wait for each other, so limits hold among them. Only
 * what starts is locked; what somebody else has locked, as it is being canceled, is left to the next call.
 */
export async function dequeueRuns(db: Db, deploymentId: string, settings: QueueSettings): Promise<number> {
  return inTransaction(db, async (trx) => {
    await sql`select pg_advisory_xact_lock(${queueLock(deploymentId)})`.execute(trx);
    return settings.tagConcurrencyLimits.length > 0
      ? startWithinLimits(trx, deploymentId, settings)
      : startFirst(trx, deploymentId, settings, Infinity);
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
  if (settings.tagConcurrencyLimits.length === 0) await startFirst(trx, deploymentId, settings, 1);
}

/** Who holds this advisory lock until its transaction ends decides alone which runs of the deployment start. */
function queueLock(deploymentId: string): ReturnType<typeof sql> {
  return sql`hashtextextended(${`dequeue ${deploymentId}`}, 0)`;
}

/** Starts as many of the first runs of the queue as there are free slots, `most` at most. */
async function startFirst(
  trx: Trx,
  deploymentId: string,
  settings: QueueSettings,
  most: number,
): Promise<number> {
  const page = Math.min(PAGE, most);
  for (let started = 0; ;) {
    const runs = await lockFirstRuns(trx, deploymentId, settings.maxConcurrentRuns, page);
    for (const run of runs) await startAttempt(trx, run, settings);
    started += runs.length;
    if (runs.length < page || started >= most) return started;
  }
}

async function startWithinLimits(trx: Trx, deploymentId: string, settings: QueueSettings): Promise<number> {
  const active: Pick<RunInQueue, "tags">[] = await listActive(trx, deploymentId);
  let started = 0;
  let last: string | null = null;
  while (active.length < settings.maxConcurrentRuns) {
    const queued = await listQueued(trx, deploymentId, listFullSlots(active, settings), last);
    const selected = selectRunnable(queued, active, settings).map(({ id }) => id);
    const runs = await lockRuns(trx, deploymentId, selected);
    for (const run of runs) await startAttempt(trx, run, settings);
    active.push(...runs);
    started += runs.length;
    last = queued.at(-1)?.id ?? null;
    if (queued.length < PAGE) break;
  }
  return started;
}

/** A queued run, and what its first event asks of it. */
interface QueuedRun extends LaunchableRun {
  readonly eventCount: number;
  readonly rootRunId: string | null;
  /** See `LockedRun`. */
  readonly now: number;
}

/** The runs that hold a slot. */
async function listActive(trx: Trx, deploymentId: string): Promise<Pick<RunInQueue, "tags">[]> {
  const result = await sql<Pick<RunInQueue, "tags">>`
    select tags from run where deployment_id = ${deploymentId} and status in ('STARTING', 'STARTED', 'CANCELING')`.execute(
    trx,
  );
  return result.rows;
}

/** The next runs behind the run `after` in the order of the queue, without those that a full slot holds back for certain. */
async function listQueued(
  trx: Trx,
  deploymentId: string,
  full: readonly FullSlot[],
  after: string | null,
): Promise<RunInQueue[]> {
  const beyond =
    after === null
      ? sql``
      : sql`and (-priority, created_at, id) > (select -priority, created_at, id from run where id = ${after})`;
  const held = full.map(({ key, values }) =>
    values === null
      ? sql`and not tags ? ${key}::text`
      : sql`and coalesce((tags ->> ${key}) <> all(${values}::text[]), true)`,
  );
  const result = await sql<RunInQueue>`
    select id, priority, extract(epoch from created_at)::float8 * 1000 as "queuedAt", tags from run
    where deployment_id = ${deploymentId} and status = 'QUEUED' ${beyond} ${sql.join([...held, sql``], sql` `)}
    order by -priority, created_at, id limit ${PAGE}`.execute(trx);
  return result.rows;
}

/** Locks the first runs of the queue, as many as there are free slots of so many, and at most `limit`. */
async function lockFirstRuns(
  trx: Trx,
  deploymentId: string,
  slots: number,
  limit: number,
): Promise<QueuedRun[]> {
  return selectLocked(
    trx,
    sql`select * from run where deployment_id = ${deploymentId} and status = 'QUEUED'
      order by -priority, created_at, id limit greatest(0, least(${limit}::bigint, ${slots}::bigint - (
        select count(*) from run where deployment_id = ${deploymentId} and status in ('STARTING', 'STARTED', 'CANCELING')
      )))`,
  );
}

async function lockRuns(trx: Trx, deploymentId: string, ids: readonly string[]): Promise<QueuedRun[]> {
  if (ids.length === 0) return [];
  return selectLocked(
    trx,
    sql`select * from run where deployment_id = ${deploymentId} and status = 'QUEUED' and id = any(${ids}::uuid[])
      order by -priority, created_at, id`,
  );
}

async function selectLocked(trx: Trx, runs: RawBuilder<unknown>): Promise<QueuedRun[]> {
  const result = await sql<QueuedRun>`
    with queued as (${runs} for no key update skip locked)
    select ${launchableColumns}, q.event_count as "eventCount", q.root_run_id as "rootRunId", ${transactionInstant} as now
    from queued q ${joinLocation} order by -q.priority, q.created_at, q.id`.execute(trx);
  return result.rows;
}

async function startAttempt(trx: Trx, run: QueuedRun, settings: QueueSettings): Promise<void> {
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
  const first = await prepareAttempt(trx, { ...run, queue: run.queue }, null, settings);
  const message = `Waiting for an agent of queue ${run.queue} to start the worker`;
  await appendControlPlaneEvents(trx, locked, [{ type: "RUN_STARTING", message }], first);
}
