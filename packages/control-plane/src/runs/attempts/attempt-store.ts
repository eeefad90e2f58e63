import { sql } from "kysely";
import type { RunStatus } from "@millrace/model/run-status";
import type { RunFailureReason } from "@millrace/model/run-failure";
import type { Db, Trx } from "../../database/connect.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import type { AttemptState } from "../attempt-state.ts";
import { directiveFor, type Directive } from "../fold/directive.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { leaseFromNow } from "../fold/lease.ts";
import { isOthers, isOtherWorker, lockAttempt, standingOf } from "../fold/lock-run.ts";
import { RunNotFound } from "../run-errors.ts";
import { isRunId } from "../run-id.ts";
import { noteBlocked } from "./note-blocked.ts";
import { noteHeld } from "./note-held.ts";
import { launchKey } from "./work-keys.ts";

/** A worker that is about to run user code, and where it is. */
export interface StartAttemptInput {
  readonly runId: string;
  readonly attempt: number;
  /** Random, made by the worker itself: a process number and a host may come again in another container. */
  readonly workerId: string;
  /** Where it runs, for people: `4711@host`. */
  readonly place: string;
  readonly codeDigest: string | null;
  /** The agent that launched it; left out: the one that holds the launch. */
  readonly agentId?: string | null;
  /** The worker for which the launch began the attempt, and which has never had it. Default: none. */
  readonly insteadOf?: string | null;
}

/**
 * Lets the worker of an attempt begin, or not: of two processes that claim to be the same attempt, only the first one may.
 * The permission is on disk before it is given: forgotten by a database that crashes, it would be given to a second worker.
 * Asking again after a lost answer is harmless. One that has the run instead of the worker for which the launch began it may begin as
 * long as that one has not said anything.
 *
 * @throws RunNotFound
 */
export async function startAttempt(db: Db, input: StartAttemptInput): Promise<Directive> {
  if (!isRunId(input.runId)) throw new RunNotFound(input.runId, input.attempt);
  const { workerId, place, codeDigest, agentId = null, insteadOf = null } = input;
  const worker = JSON.stringify({ workerId, place, codeDigest });
  const started = await sql<{ status: RunStatus }>`
    update run_attempt a set state = 'running', worker = ${worker}::jsonb,
      started_at = case when a.worker ->> 'workerId' = ${workerId} then coalesce(a.started_at, now()) else now() end,
      lease_until = ${leaseFromNow},
      agent_id = coalesce(case a.state when 'assigned' then ${agentId} end, a.agent_id, (select w.agent_id from work_item w
        where w.deployment_id = a.deployment_id and w.idempotency_key = ${launchKey(input.runId, input.attempt)}))
    from run r
    where a.run_id = ${input.runId} and a.attempt = ${input.attempt} and r.id = a.run_id and r.attempt = a.attempt
      and r.status in ('STARTING', 'STARTED', 'CANCELING')
      and (a.state = 'assigned' or (a.state = 'running' and a.worker ->> 'workerId' = ${workerId})
        or (a.state = 'running' and a.worker ->> 'workerId' = ${insteadOf} and a.next_sequence = 0))
    returning r.status`.execute(db);
  const row = started.rows[0];
  if (row !== undefined) return row.status === "CANCELING" ? "CANCEL" : "CONTINUE";
  return startUnusualAttempt(db, input);
}

/** An attempt that is not simply the newest one of an unfinished run: too late, taken for lost, or somebody else's. */
async function startUnusualAttempt(db: Db, input: StartAttemptInput): Promise<Directive> {
  return inTransaction(db, async (trx) => {
    const { run, attempt } = await lockAttempt(trx, input.runId, input.attempt);
    if (isOtherWorker(attempt, input.workerId) || attempt.state === "ended") return "SUPERSEDED";
    const directive = directiveFor(await standingOf(trx, run, attempt));
    if (directive === "SUPERSEDED") return directive;
    return (await appendRunEvents(trx, { ...input, firstSequence: attempt.nextSequence, events: [] }))
      .directive;
  });
}

/** Whether an attempt is the newest one of a run that has not ended, and not given up: what others ask or say counts for nothing. */
export async function isCurrentAttempt(db: Db, runId: string, attempt: number): Promise<boolean> {
  const result = await sql`
    select from run r join run_attempt a on a.run_id = r.id and a.attempt = r.attempt
    where r.id = ${runId} and r.attempt = ${attempt} and r.status in ('STARTING', 'STARTED', 'CANCELING')
      and not (r.status = 'STARTED' and a.stop_asked_at is not null)`.execute(db);
  return result.rows.length > 0;
}

/** What a worker that lives says of itself with a heartbeat. */
export interface WorkerTrouble {
  /** How long its main thread has been blocked; null: it is not. */
  readonly blockedSeconds: number | null;
  /** Why it can't write down what happens, such as a full disk; null: it can. */
  readonly heldBy: string | null;
}

const WELL: WorkerTrouble = { blockedSeconds: null, heldBy: null };

/**
 * Notes that the worker of an attempt lives. One that was out of reach is back by it; one that was taken for lost takes its run back.
 *
 * @param workerId who says so; null: not told.
 * @param trouble what it says of itself; left out: it is well.
 * @throws RunNotFound
 */
export async function heartbeatAttempt(
  db: Db,
  runId: string,
  attempt: number,
  workerId: string | null = null,
  { blockedSeconds, heldBy }: WorkerTrouble = WELL,
): Promise<Directive> {
  if (!isRunId(runId)) throw new RunNotFound(runId, attempt);
  const result = await sql<{
    status: RunStatus;
    failure_reason: RunFailureReason | null;
    newest: number;
    state: AttemptState;
    others: boolean;
    unreachable: boolean;
    blocked: boolean;
    stop_asked: boolean;
    held: boolean;
  }>`
    with beat as (
      update run_attempt set lease_until = ${leaseFromNow}
      where run_id = ${runId} and attempt = ${attempt} and state = 'running' and not (${isOthers(workerId)})
    )
    select r.status, r.failure_reason, r.attempt as newest, a.state, ${isOthers(workerId)} as others,
      a.unreachable_since is not null as unreachable, a.blocked_since is not null as blocked,
      a.stop_asked_at is not null as stop_asked,
      a.held_by is distinct from ${heldBy} as held, ${withoutWaitingForDisk()}
    from run r join run_attempt a on a.run_id = r.id and a.attempt = ${attempt} where r.id = ${runId}`.execute(
    db,
  );
  const row = result.rows[0];
  if (row === undefined) throw new RunNotFound(runId, attempt);
  if (row.others) return "SUPERSEDED";
  if (row.blocked !== (blockedSeconds !== null)) await noteBlocked(db, runId, attempt, blockedSeconds);
  if (row.held) await noteHeld(db, runId, attempt, heldBy);
  if (row.state === "lost" || row.unreachable) {
    return (await appendRunEvents(db, { runId, attempt, workerId, firstSequence: 0, events: [] })).directive;
  }
  return directiveFor({
    status: row.status,
    failureReason: row.failure_reason,
    newestAttempt: row.newest,
    attempt,
    attemptState: row.state,
    stopAsked: row.stop_asked,
    reexecuted: false,
  });
}

/**
 * Takes back that an attempt has begun for a worker which its agent had offered: the agent says that neither this one nor another
 * has the run. Nothing happens if any worker has said anything of it.
 *
 * @param startedFor the worker.
 */
export async function takeBackStart(
  trx: Trx,
  runId: string,
  attempt: number,
  startedFor: string,
): Promise<void> {
  await sql`
    update run_attempt a set state = 'assigned', worker = '{}', agent_id = null, started_at = null,
      lease_until = greatest(w.deadline, now()) + make_interval(secs => a.lease_seconds)
    from work_item w where w.deployment_id = a.deployment_id and w.idempotency_key = ${launchKey(runId, attempt)}
      and a.run_id = ${runId} and a.attempt = ${attempt} and a.state = 'running' and a.next_sequence = 0
      and a.worker ->> 'workerId' = ${startedFor}`.execute(trx);
}

/**
 * Notes that an agent has handed the attempt to a worker, which must now give a sign of life within a lease. Called when the
 * agent completes the work item.
 */
export async function markAttemptLaunched(
  db: Db,
  runId: string,
  attempt: number,
  agentId: string,
): Promise<void> {
  await sql`
    update run_attempt set agent_id = ${agentId}, lease_until = ${leaseFromNow}
    where run_id = ${runId} and attempt = ${attempt} and state = 'assigned'
    returning ${withoutWaitingForDisk()}`.execute(db);
}

/** Which attempt a run token belongs to. */
export interface AttemptOfToken {
  readonly deploymentId: string;
  readonly runId: string;
  readonly attempt: number;
  /** Whether it has ended, or another one has taken over: only the tail of what it said may still come. */
  readonly isOver: boolean;
}

/**
 * The attempt of a run token; null for one that is unknown, or dead: from ten minutes after the attempt's end on, when its agent has
 * said that its worker is gone and so has delivered what that left, else from a day after it. An attempt that was taken for lost may
 * return, so its token lives as long as its run.
 *
 * @param hash SHA-256 of the run token.
 */
export async function findAttemptByToken(db: Db, hash: Buffer): Promise<AttemptOfToken | null> {
  const result = await sql<AttemptOfToken>`
    select a.deployment_id as "deploymentId", a.run_id as "runId", a.attempt, a.state = 'ended' or r.attempt > a.attempt as "isOver"
    from run_attempt a join run r on r.id = a.run_id
    where a.token_hash = ${hash} and not (a.state = 'ended'
      and a.ended_at < now() - case when a.exit is null then interval '1 day' else interval '10 minutes' end)`.execute(
    db,
  );
  return result.rows[0] ?? null;
}

/** Gives every attempt of a deployment a fresh lease: time in which nobody was there to hear its worker does not count against it. */
export async function renewAttemptLeases(db: Db, deploymentId: string): Promise<void> {
  await sql`
    update run_attempt set lease_until = greatest(lease_until, ${leaseFromNow})
    where deployment_id = ${deploymentId} and state in ('assigned', 'running')`.execute(db);
}

/** For what may be forgotten when the database server crashes: a sign of life is repeated within seconds. */
function withoutWaitingForDisk(): ReturnType<typeof sql> {
  return sql`set_config('synchronous_commit', 'off', true)`;
}
