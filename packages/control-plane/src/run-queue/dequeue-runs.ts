import { sql, type RawBuilder } from "kysely";
import { BACKFILL_TAG } from "../runs/run-tags.ts";
import { INITIAL_RUN_STATE } from "@millrace/model/run-status";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import type { HandOver } from "../claims/claim-desk.ts";
import {
  joinLocation,
  launchableColumns,
  prepareAttempt,
  type LaunchableRun,
} from "../runs/attempts/prepare-attempt.ts";
import { continueRun } from "../runs/attempts/resume-run.ts";
import { appendControlPlaneEvents, type ControlPlaneEvent } from "../runs/fold/append-run-events.ts";
import { outlivingAttempts } from "../runs/outliving-attempts.ts";
import { isAboutAssets, lockRun, transactionInstant, type LockedRun } from "../runs/fold/lock-run.ts";
import { toHoldName } from "./hold.ts";
import {
  isDue,
  listActiveRuns,
  listCandidates,
  listHoldNames,
  lockQueue,
  lockSimpleQueue,
  noteHolds,
  readQueueRules,
  type QueuedRun,
  type QueueSettings,
} from "./queue-store.ts";
import { listCandidatesOfParts, listQueueParts } from "./queue-parts.ts";
import { createQueueUsage, type QueueUsage } from "./queue-usage.ts";
import { selectRunnable } from "./select-runnable.ts";

/** Queued runs that are looked at together. */
const PAGE = 1_000;

/**
 * Starts every queued run that the limits let start, and those whose waits are over: each gets an attempt with a token of its own and a work item for the agents
 * of its location's queue. Returns how many. Replicas that do this at once wait for each other, so limits hold among them. Only
 * what starts, or is held back by something new, is locked; what somebody else has locked, as it is being canceled, is left to the
 * next call.
 */
export async function dequeueRuns(db: Db, deploymentId: string, settings: QueueSettings): Promise<number> {
  let started = 0;
  for (let pass: QueuePassResult = { started: 0, isDone: false }; !pass.isDone; started += pass.started)
    pass = await inTransaction(db, async (trx) => {
      const mayHold = await lockQueue(trx, deploymentId, settings.queueOrder);
      if (mayHold || settings.tagConcurrencyLimits.length > 0)
        return startWithinLimits(trx, deploymentId, settings);
      return { started: await startFirst(trx, deploymentId, settings, Infinity), isDone: true };
    });
  return started;
}

/** What has come of one transaction. */
interface QueuePassResult {
  readonly started: number;
  /** Whether there is nothing left to look at. */
  readonly isDone: boolean;
}

/**
 * Starts the first queued run if nothing holds it back that takes longer to look at: for a transaction that has just put a run
 * into the queue, so that an idle deployment starts it without the coordinator's round trips and commit. Where limits for tags
 * are set, runs with pools wait, several locations take turns, a location is paused, or somebody else is at the queue, the coordinator comes to it.
 *
 * @param handOver takes the claim of an agent that waits for the run's launch.
 */
export async function startFirstQueued(trx: Trx, deploymentId: string, handOver: HandOver): Promise<void> {
  const settings = await lockSimpleQueue(trx, deploymentId);
  if (settings !== null) await startFirst(trx, deploymentId, settings, 1, handOver);
}

/** Starts as many of the first runs of the queue as there are free slots, `most` at most. */
async function startFirst(
  trx: Trx,
  deploymentId: string,
  settings: QueueSettings,
  most: number,
  handOver: HandOver | null = null,
): Promise<number> {
  const page = Math.min(PAGE, most);
  for (let started = 0; ;) {
    const runs = await lockFirstRuns(trx, deploymentId, settings.maxConcurrentRuns, page);
    for (const run of runs) await startAttempt(trx, run, settings, handOver);
    started += runs.length;
    if (runs.length < page || started >= most) return started;
  }
}

/**
 * What a run is held back by is stored with it, and runs are looked at only if nothing has held them back yet, or if there is room
 * again where they wait: a decision costs what may start, however long the queue is. Looks at one page: whoever launches a run
 * meanwhile need not wait for all of them.
 */
async function startWithinLimits(
  trx: Trx,
  deploymentId: string,
  settings: QueueSettings,
): Promise<QueuePassResult> {
  const rules = await readQueueRules(trx, deploymentId, settings);
  const usage = createQueueUsage(await listActiveRuns(trx, deploymentId), rules);
  if (usage.free() === 0) return { started: 0, isDone: true };
  const queued = await (usage.order === "fair" ? lookAtParts : lookAtAll)(trx, deploymentId, usage);
  const { runnable, held } = selectRunnable(queued, usage);
  const runs = await lockRuns(
    trx,
    deploymentId,
    runnable.map(({ id }) => id),
  );
  for (const run of runs) await startAttempt(trx, run, settings);
  const holds = held
    .map(({ run, hold }) => ({ id: run.id, heldBy: run.heldBy, name: toHoldName(hold) }))
    .filter(({ heldBy, name }) => heldBy !== name);
  const noted = await noteHolds(trx, deploymentId, holds);
  return { started: runs.length, isDone: usage.free() === 0 || runs.length + noted === 0 };
}

async function lookAtAll(trx: Trx, deploymentId: string, usage: QueueUsage): Promise<QueuedRun[]> {
  const names = await listHoldNames(trx, deploymentId);
  const open = names.filter((name) => !usage.isHolding(name));
  return listCandidates(trx, deploymentId, open, usage.free(), PAGE);
}

/** The queue of each location is looked at by itself, as the first runs of all together may be of one. */
async function lookAtParts(trx: Trx, deploymentId: string, usage: QueueUsage): Promise<QueuedRun[]> {
  const parts = await listQueueParts(trx, deploymentId);
  const open = parts.filter(({ heldBy }) => heldBy === null || !usage.isHolding(heldBy));
  return listCandidatesOfParts(trx, deploymentId, open, usage.free(), PAGE);
}

/** A run that is about to start, and what its first event asks of it. */
interface StartingRun extends LaunchableRun {
  /** It has waited without a worker; its fold is another than that of a queued one. */
  readonly goesOn: boolean;
  readonly eventCount: number;
  readonly rootRunId: string | null;
  /** See `LockedRun`. */
  readonly isAboutAssets: boolean;
  /** See `LockedRun`. */
  readonly now: number;
}

/** Locks the first runs of the queue, as many as there are free slots of so many, and at most `limit`. */
async function lockFirstRuns(
  trx: Trx,
  deploymentId: string,
  slots: number,
  limit: number,
): Promise<StartingRun[]> {
  // A run with pools that was queued a moment ago is the coordinator's.
  return selectLocked(
    trx,
    sql`select * from run where deployment_id = ${deploymentId} and status = 'QUEUED' and pools is null
      order by -priority, created_at, id limit greatest(0, least(${limit}::bigint, ${slots}::bigint - (
        select count(*) from run where deployment_id = ${deploymentId} and status in ('STARTING', 'STARTED', 'CANCELING')
          and waiting_until is null
      ) - (select count(*) from ${outlivingAttempts(deploymentId)} outliving)))`,
  );
}

async function lockRuns(trx: Trx, deploymentId: string, ids: readonly string[]): Promise<StartingRun[]> {
  if (ids.length === 0) return [];
  return selectLocked(
    trx,
    sql`select * from run where deployment_id = ${deploymentId} and (status = 'QUEUED' or ${isDue}) and id = any(${ids}::uuid[])
      order by -priority, created_at, id`,
  );
}

async function selectLocked(trx: Trx, runs: RawBuilder<unknown>): Promise<StartingRun[]> {
  const result = await sql<StartingRun>`
    with queued as (${runs} for no key update skip locked)
    select ${launchableColumns}, q.status = 'STARTED' as "goesOn", q.event_count as "eventCount", q.root_run_id as "rootRunId",
      ${isAboutAssets("q")} as "isAboutAssets", ${transactionInstant} as now
    from queued q ${joinLocation} order by -q.priority, q.created_at, q.id`.execute(trx);
  return result.rows;
}

function toQueuedRun(run: StartingRun): LockedRun {
  return { ...run, state: INITIAL_RUN_STATE, backfillId: run.tags[BACKFILL_TAG] ?? null };
}

async function startAttempt(
  trx: Trx,
  run: StartingRun,
  settings: QueueSettings,
  handOver: HandOver | null = null,
): Promise<void> {
  const locked = run.goesOn ? await lockRun(trx, run.id) : toQueuedRun(run);
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
  if (run.goesOn) return continueRun(trx, locked, { ...run, queue: run.queue }, settings);
  const first = await prepareAttempt(trx, { ...run, queue: run.queue }, null, settings, handOver);
  const message = `Waiting for an agent of queue ${run.queue} to start the worker`;
  await appendControlPlaneEvents(trx, locked, [{ type: "RUN_STARTING", message }], first);
}
