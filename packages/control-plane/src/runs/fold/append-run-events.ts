import { sql, type RawBuilder } from "kysely";
import { InvalidRunEvent, isKnownEvent, parseRunEvent } from "@millrace/model/parse-run-event";
import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";
import { isFinished, type RunState } from "@millrace/model/run-status";
import {
  markAssetsFailed,
  storeAssetChanges,
  unmarkAssetsFailed,
} from "../../assets/state/asset-state-store.ts";
import { collectAssetChanges } from "../../assets/state/collect-asset-changes.ts";
import { markChecksFailed } from "../../assets/state/mark-checks-failed.ts";
import { topics } from "@millrace/model/topic";
import type { Db, Trx } from "../../database/connect.ts";
import { restOfEvent } from "../../events/event-columns.ts";
import { levelOf } from "../../events/event-level.ts";
import { toStorableEvent } from "../../events/storable-event.ts";
import { notifications } from "../../wake/notify-change.ts";
import type { InsertedWork } from "../../work/enqueue-work.ts";
import { directiveFor, mayReturn, type Directive, type Standing } from "./directive.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { foldEvents, type StatusChange } from "./status-changes.ts";
import { leaseFromNow } from "./lease.ts";
import { BadRequest } from "../../api/bad-request.ts";
import { cancelRetry, planRetry } from "./plan-retry.ts";
import { EventsOutOfOrder } from "../run-errors.ts";
import { type LockedAttempt, type LockedRun, isOtherWorker, lockAttempt, standingOf } from "./lock-run.ts";

/** Events of one attempt, numbered from `firstSequence` on, as a worker sent them. */
export interface AppendRunEventsInput {
  readonly runId: string;
  readonly attempt: number;
  /** Who says them; left out: not told. */
  readonly workerId?: string | null;
  readonly firstSequence: number;
  readonly events: readonly unknown[];
}

/** The sequence to go on with, and what the worker must do. */
export interface AppendRunEventsResult {
  readonly nextSequence: number;
  readonly directive: Directive;
}

/** Events that an attempt has not said before. */
export interface FreshEvents {
  readonly run: LockedRun;
  readonly attempt: LockedAttempt;
  readonly events: readonly (RunEvent | UnknownEvent)[];
  /** The index in its batch of the first of them, for messages. */
  readonly firstIndex: number;
}

/** Gives the events as they are to be stored, or throws a BadRequest that names one. */
export type AdmitEvents = (trx: Trx, fresh: FreshEvents) => Promise<readonly (RunEvent | UnknownEvent)[]>;

/**
 * Stores what a worker says, each event exactly once however often it is sent, and folds it into the run and its assets, all in
 * one transaction. Events of a superseded attempt, or of another worker than the attempt's, are not stored. A worker that was taken
 * for lost takes its run back.
 *
 * @param admit decides which of those that are not stored yet may be. Default: all.
 * @throws BadRequest naming the event and its field; nothing of the batch is stored then.
 * @throws EventsOutOfOrder when the batch would leave a gap.
 * @throws RunNotFound
 */
export async function appendRunEvents(
  db: Db,
  input: AppendRunEventsInput,
  admit: AdmitEvents = async (_trx, { events }) => events,
): Promise<AppendRunEventsResult> {
  const events = parseEvents(input.events);
  return inTransaction(db, async (trx) => {
    const { run, attempt } = await lockAttempt(trx, input.runId, input.attempt);
    const standing = await standingOf(trx, run, attempt);
    const isOther = isOtherWorker(attempt, input.workerId ?? null);
    const directive = isOther ? "SUPERSEDED" : directiveFor(standing);
    if (directive === "SUPERSEDED") return { nextSequence: attempt.nextSequence, directive };
    if (input.firstSequence > attempt.nextSequence) {
      throw new EventsOutOfOrder(run.id, attempt.attempt, input.firstSequence, attempt.nextSequence);
    }
    const current = await welcome(trx, run, attempt, standing);
    const passed = attempt.nextSequence - input.firstSequence;
    const fresh = await admit(trx, { run, attempt, events: events.slice(passed), firstIndex: passed });
    const after = await store(trx, current, fresh, attempt);
    return {
      nextSequence: attempt.nextSequence + fresh.length,
      directive: after.state.status === "CANCELING" ? "CANCEL" : "CONTINUE",
    };
  });
}

/** An event that the control plane states; its timestamp is the transaction's instant. */
export type ControlPlaneEvent = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, "timestamp">
    : never
  : never;

/** An attempt that begins with the events that tell of it: rows for `run_attempt` and for the work item of its launch. */
export interface NewAttempt {
  readonly attempt: number;
  readonly row: RawBuilder<unknown>;
  readonly item: RawBuilder<InsertedWork>;
  /** Told the item's id where an agent's claim has it already. */
  readonly onClaimed: (itemId: string) => void;
}

/**
 * Stores events of the control plane's own about a run that the transaction has locked, and folds them. Returns the run as it
 * is then.
 *
 * @param begun stored by the same statement: each round trip of a launch is a part of the time until a run's first line.
 */
export async function appendControlPlaneEvents(
  trx: Trx,
  run: LockedRun,
  events: readonly ControlPlaneEvent[],
  begun: NewAttempt | null = null,
): Promise<LockedRun> {
  const stamped = events.map((event): RunEvent => ({ ...event, timestamp: run.now }));
  return store(trx, run, stamped, null, begun);
}

/** Notes that a worker is heard again that was out of reach. One that was even taken for lost takes its run back. */
async function welcome(
  trx: Trx,
  run: LockedRun,
  attempt: LockedAttempt,
  standing: Standing,
): Promise<LockedRun> {
  const takesBack = mayReturn(standing);
  if (!takesBack && attempt.unreachableSince === null) return run;
  if (takesBack) {
    await unmarkAssetsFailed(trx, run);
    await cancelRetry(trx, run.id);
  }
  return appendControlPlaneEvents(trx, run, [
    {
      type: "RUN_WORKER_RETURNED",
      message: "The worker was heard again: it could not reach the control plane, but had gone on",
    },
  ]);
}

function parseEvents(values: readonly unknown[]): (RunEvent | UnknownEvent)[] {
  return values.map((value, index) => {
    try {
      return parseRunEvent(value);
    } catch (error) {
      if (error instanceof InvalidRunEvent) {
        throw new BadRequest(`events[${index}]: ${error.message}`, { cause: error });
      }
      throw error;
    }
  });
}

/** The one place where events enter the database: run and attempt are locked, positions are dense, the state is the fold. */
async function store(
  trx: Trx,
  run: LockedRun,
  events: readonly (RunEvent | UnknownEvent)[],
  attempt: LockedAttempt | null,
  begun: NewAttempt | null = null,
): Promise<LockedRun> {
  const storable = events.map((event) => toStorableEvent(event));
  const stored = storable.map(({ event }) => event);
  const { state, changes: moves } = foldEvents(run.state, stored);
  const changes = collectAssetChanges(stored);
  const failed = state.status === "FAILURE" && run.state.status !== "FAILURE";
  const failedSteps = stored.flatMap((event) =>
    isKnownEvent(event) && event.type === "STEP_FAILURE" ? [event.stepKey] : [],
  );
  const changed = [
    topics.run(run.deploymentId, run.id),
    ...(state.status === run.state.status && !stored.some(({ type }) => SHOWN_IN_LISTS.includes(type))
      ? []
      : [topics.runs(run.deploymentId)]),
    ...(changes !== null || (run.isAboutAssets && (failedSteps.length > 0 || isFinished(state.status)))
      ? [topics.assets(run.deploymentId)]
      : []),
    // One that has ended, or goes on after all.
    ...(run.backfillId === null || isFinished(state.status) === isFinished(run.state.status)
      ? []
      : [topics.backfills(run.deploymentId)]),
  ];
  const result = await sql<{ claimed: string | null }>`
    with stored as (
      insert into run_event (run_id, position, attempt, sequence, deployment_id, type, step_key, level, message, happened_at, event)
      select ${run.id}, ${run.eventCount}::integer + n - 1, ${attempt?.attempt ?? 0}::integer,
        ${attempt?.nextSequence ?? run.eventCount}::integer + n - 1, ${run.deploymentId},
        event ->> 'type', event ->> 'stepKey', (${stored.map(levelOf)}::text[])[n], event ->> 'message',
        to_timestamp((event ->> 'timestamp')::float8 / 1000), ${restOfEvent(sql`event`)}
      from jsonb_array_elements(${`[${storable.map(({ json }) => json).join(",")}]`}::jsonb) with ordinality as e (event, n)
    ), spoken as (
      ${attempt === null ? sql`select` : touchAttempt(run, attempt, stored.length, state)}
    ), moved as (
      ${moves.length === 0 ? sql`select` : insertRunChanges(run, moves)}
    )${begun === null ? sql`` : sql`, begun as (${begun.row}), item as (${begun.item})`}
    update run set ${begun === null ? sql`` : sql`attempt = ${begun.attempt},`} status = ${state.status}, failure_reason = ${state.failureReason}, failure_message = ${state.failureMessage},
      started_at = ${toInstant(state.startedAt)}, ended_at = ${toInstant(state.endedAt)}, waiting_until = ${toInstant(state.waitingUntil)},
      event_count = event_count + ${stored.length}
    where id = ${run.id}
    returning ${notifications(changed)}, ${begun === null ? sql`null` : sql`(select id from item where claimed)`} as claimed`.execute(
    trx,
  );
  const claimed = result.rows[0]?.claimed ?? null;
  if (claimed !== null) begun?.onClaimed(claimed);
  if (changes !== null) {
    const source = { deploymentId: run.deploymentId, runId: run.id, reportedBy: null };
    await storeAssetChanges(trx, source, changes);
  }
  const failedAt = new Date(state.endedAt ?? run.now);
  if (failedSteps.length > 0) await markChecksFailed(trx, run, failedAt, failedSteps);
  if (failed) await markAssetsFailed(trx, run, failedAt, null);
  else if (failedSteps.length > 0) await markAssetsFailed(trx, run, failedAt, failedSteps);
  const after = {
    ...run,
    state,
    attempt: begun?.attempt ?? run.attempt,
    eventCount: run.eventCount + stored.length,
  };
  return failed ? storeRetry(trx, after) : after;
}

/** Notes and tells that a run that has just failed is launched again by itself, if it is. */
async function storeRetry(trx: Trx, run: LockedRun): Promise<LockedRun> {
  const retry = await planRetry(trx, run, run.state.failureReason);
  if (retry === null) return run;
  const { number, limit, delaySeconds } = retry;
  const when = delaySeconds === 0 ? "now" : `in ${delaySeconds} s`;
  return appendControlPlaneEvents(trx, run, [
    {
      type: "ENGINE_EVENT",
      stepKey: null,
      error: null,
      metadata: {},
      message: `The run is launched again ${when}: retry ${number} of at most ${limit}`,
    },
  ]);
}

function insertRunChanges(run: LockedRun, moves: readonly StatusChange[]): ReturnType<typeof sql> {
  const rows = moves.map(
    ({ index, status, failureReason, timestamp }) =>
      sql`(${run.deploymentId}, ${run.id}, ${run.eventCount + index}::integer, ${status}, ${failureReason},
        to_timestamp(${timestamp}::float8 / 1000))`,
  );
  return sql`
    insert into run_change (deployment_id, run_id, position, status, failure_reason, happened_at)
    values ${sql.join(rows)}`;
}

/** Events of which lists of runs show something beside the status. */
const SHOWN_IN_LISTS = ["RUN_WORKER_UNREACHABLE", "RUN_WORKER_RETURNED", "RUN_SUSPENDED", "RUN_RESUMED"];

function touchAttempt(
  run: LockedRun,
  attempt: LockedAttempt,
  added: number,
  state: RunState,
): ReturnType<typeof sql> {
  const ends = isFinished(state.status) || state.waitingUntil !== null;
  return sql`
    update run_attempt set next_sequence = next_sequence + ${added}::integer,
      state = ${ends ? "ended" : "running"}, ended_at = ${ends ? sql`coalesce(ended_at, now())` : null},
      unreachable_since = null, lease_until = greatest(lease_until, ${leaseFromNow})
    where run_id = ${run.id} and attempt = ${attempt.attempt}`;
}

function toInstant(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
