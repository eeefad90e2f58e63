import { sql, type RawBuilder } from "kysely";
import type { RunState, RunStatus } from "@millrace/model/run-status";
import type { RunFailureReason } from "@millrace/model/run-failure";
import type { Trx } from "../../database/connect.ts";
import type { AttemptState } from "../attempt-state.ts";
import type { Standing } from "./directive.ts";
import { RunNotFound } from "../run-errors.ts";
import { isRunId } from "../run-id.ts";
import { BACKFILL_TAG } from "../run-tags.ts";
import { heardAt, isSilent } from "./lease.ts";

/** A run whose row the transaction holds: nobody else appends events to it until the transaction ends. */
export interface LockedRun {
  readonly id: string;
  readonly deploymentId: string;
  readonly state: RunState;
  /** The newest attempt; 0: none yet. */
  readonly attempt: number;
  /** Events stored so far, which is the next position. */
  readonly eventCount: number;
  readonly rootRunId: string | null;
  /** The backfill that it is a part of. */
  readonly backfillId: string | null;
  /** Whether it makes or checks assets, as far as its launch planned. */
  readonly isAboutAssets: boolean;
  /** The transaction's instant by the database's clock, in milliseconds since the epoch: what the control plane says bears it. */
  readonly now: number;
}

/** An attempt of a locked run, locked as well: a heartbeat waits. */
export interface LockedAttempt {
  readonly attempt: number;
  readonly state: AttemptState;
  readonly nextSequence: number;
  readonly leaseUntil: Date;
  /** Whether the lease is over at the transaction's instant. */
  readonly isOverdue: boolean;
  /** The last sign of life; before the first one, when the lease began. */
  readonly heardAt: Date;
  /** Whether that is so long ago that the worker counts as out of reach. */
  readonly isSilent: boolean;
  /** Since when the worker is known to be out of reach; null: it is not. */
  readonly unreachableSince: Date | null;
  /** Who began it; empty while nobody has. */
  readonly worker: { readonly workerId?: string; readonly place?: string };
  /** The agent that launched it; null while none has. */
  readonly agentId: string | null;
  readonly exitReported: boolean;
  /** Whether its worker was asked to stop. */
  readonly stopAsked: boolean;
}

interface RunRow {
  readonly id: string;
  readonly deployment_id: string;
  readonly status: RunStatus;
  readonly failure_reason: RunFailureReason | null;
  readonly failure_message: string | null;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly waiting_until: Date | null;
  readonly attempt: number;
  readonly event_count: number;
  readonly root_run_id: string | null;
  readonly backfill_id: string | null;
  readonly is_about_assets: boolean;
  readonly now: number;
}

interface AttemptRow {
  readonly state: AttemptState;
  readonly next_sequence: number;
  readonly lease_until: Date;
  readonly is_overdue: boolean;
  readonly heard_at: Date;
  readonly is_silent: boolean;
  readonly unreachable_since: Date | null;
  readonly worker: LockedAttempt["worker"];
  readonly agent_id: string | null;
  readonly exit_reported: boolean;
  readonly stop_asked: boolean;
}

/** The instant at which the transaction began, in milliseconds since the epoch. */
export const transactionInstant = sql`extract(epoch from now())::float8 * 1000`;

/** Whether a run makes or checks assets, of a row of `run` by its alias. */
export function isAboutAssets(row: "r" | "q"): RawBuilder<boolean> {
  return sql<boolean>`(cardinality(${sql.ref(`${row}.asset_keys`)}) > 0 or ${sql.ref(`${row}.check_selection`)} is not null)`;
}

const runColumns = sql`r.id, r.deployment_id, r.status, r.failure_reason, r.failure_message, r.started_at, r.ended_at, r.waiting_until,
  r.attempt, r.event_count, r.root_run_id, r.tags ->> ${BACKFILL_TAG}::text as backfill_id, ${isAboutAssets("r")} as is_about_assets,
  ${transactionInstant} as now`;

/**
 * Locks a run until the transaction ends.
 *
 * @throws RunNotFound
 */
export async function lockRun(trx: Trx, runId: string): Promise<LockedRun> {
  if (!isRunId(runId)) throw new RunNotFound(runId);
  const result =
    await sql<RunRow>`select ${runColumns} from run r where r.id = ${runId} for no key update`.execute(trx);
  const row = result.rows[0];
  if (row === undefined) throw new RunNotFound(runId);
  return readRun(row);
}

/**
 * Locks a run and one of its attempts until the transaction ends. Both rows are locked by one statement: a row that is only
 * joined would be read as it was before the lock was waited for.
 *
 * @param deploymentId that of whoever asks: a run of another one is not there. Null: what is asked for came with the run's own token.
 * @throws RunNotFound
 */
export async function lockAttempt(
  trx: Trx,
  runId: string,
  attempt: number,
  deploymentId: string | null = null,
): Promise<{ readonly run: LockedRun; readonly attempt: LockedAttempt }> {
  if (!isRunId(runId)) throw new RunNotFound(runId, attempt);
  const result = await sql<RunRow & AttemptRow>`
    select ${runColumns}, a.state, a.next_sequence, a.lease_until, a.lease_until < now() as is_overdue,
      ${heardAt} as heard_at, ${isSilent} as is_silent, a.unreachable_since, a.worker, a.agent_id,
      a.exit is not null as exit_reported, a.stop_asked_at is not null as stop_asked
    from run r join run_attempt a on a.run_id = r.id
    where r.id = ${runId} and a.run_id = ${runId} and a.attempt = ${attempt}
      and (${deploymentId}::text is null or r.deployment_id = ${deploymentId}) for no key update of r, a`.execute(
    trx,
  );
  const row = result.rows[0];
  if (row === undefined) throw new RunNotFound(runId, attempt);
  return {
    run: readRun(row),
    attempt: {
      attempt,
      state: row.state,
      nextSequence: row.next_sequence,
      leaseUntil: row.lease_until,
      isOverdue: row.is_overdue,
      heardAt: row.heard_at,
      isSilent: row.is_silent,
      unreachableSince: row.unreachable_since,
      worker: row.worker,
      agentId: row.agent_id,
      exitReported: row.exit_reported,
      stopAsked: row.stop_asked,
    },
  };
}

/**
 * Whether the attempt is another worker's than this one: a launch that was delivered twice has two workers with one token, and
 * only the first to begin speaks for the attempt.
 *
 * @param workerId null: it did not tell.
 */
export function isOtherWorker({ worker }: LockedAttempt, workerId: string | null): boolean {
  return workerId !== null && worker.workerId !== undefined && worker.workerId !== workerId;
}

/** `isOtherWorker` in SQL, of the column `worker`. */
export function isOthers(workerId: string | null): RawBuilder<boolean> {
  return sql<boolean>`coalesce(worker ->> 'workerId' <> ${workerId}, false)`;
}

function readRun(row: RunRow): LockedRun {
  return {
    id: row.id,
    deploymentId: row.deployment_id,
    state: {
      status: row.status,
      failureReason: row.failure_reason,
      failureMessage: row.failure_message,
      startedAt: row.started_at?.getTime() ?? null,
      endedAt: row.ended_at?.getTime() ?? null,
      waitingUntil: row.waiting_until?.getTime() ?? null,
    },
    attempt: row.attempt,
    eventCount: row.event_count,
    rootRunId: row.root_run_id,
    backfillId: row.backfill_id,
    isAboutAssets: row.is_about_assets,
    now: row.now,
  };
}

/** How a locked attempt stands, for `directiveFor`. Asks the database only where the answer depends on it. */
export async function standingOf(trx: Trx, run: LockedRun, attempt: LockedAttempt): Promise<Standing> {
  return {
    status: run.state.status,
    failureReason: run.state.failureReason,
    newestAttempt: run.attempt,
    attempt: attempt.attempt,
    attemptState: attempt.state,
    stopAsked: attempt.stopAsked,
    reexecuted: attempt.state === "lost" && (await hasReexecution(trx, run)),
  };
}

async function hasReexecution(trx: Trx, run: LockedRun): Promise<boolean> {
  const result = await sql<{ found: boolean }>`
    select exists (select from run where root_run_id = ${run.rootRunId ?? run.id} and parent_run_id = ${run.id}) as found`.execute(
    trx,
  );
  return result.rows[0]?.found ?? false;
}
