import { sql } from "kysely";
import { isFinished } from "@millrace/model/run-status";
import type { RunFailureReason } from "@millrace/model/run-failure";
import type { RunEvent } from "@millrace/model/run-event";
import type { Db, Trx } from "../../database/connect.ts";
import { appendControlPlaneEvents } from "../fold/append-run-events.ts";
import type { Directive } from "../fold/directive.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { ATTEMPT_LEASE_SECONDS } from "../fold/lease.ts";
import { lockAttempt, type LockedAttempt, type LockedRun } from "../fold/lock-run.ts";
import { resumeRun } from "./resume-run.ts";

/** How the process of a worker ended, as its agent saw it. */
export interface WorkerExitInput {
  readonly agentId: string;
  readonly runId: string;
  readonly attempt: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines of its standard error. */
  readonly lastStderr: string | null;
}

/**
 * Notes that a worker's process has ended. What it had to say was delivered before, so a run that is not finished by now never
 * will be by this attempt: it goes on in another one if it may, fails with the cause, or is canceled if that was asked for.
 * Reporting twice is reporting once.
 *
 * @throws RunNotFound
 */
export async function reportWorkerExit(db: Db, input: WorkerExitInput): Promise<Directive> {
  return inTransaction(db, async (trx) => {
    const { run, attempt } = await lockAttempt(trx, input.runId, input.attempt);
    if (attempt.exitReported) return "CONTINUE";
    const { exitCode, signal } = input;
    await sql`
      update run_attempt set exit = ${JSON.stringify({ exitCode, signal })}::jsonb, ended_at = coalesce(ended_at, now()),
        agent_id = ${input.agentId}, state = case state when 'lost' then state else 'ended' end
      where run_id = ${run.id} and attempt = ${attempt.attempt}`.execute(trx);
    if (run.attempt !== attempt.attempt) return "SUPERSEDED";
    const message = describeExit(input, attempt);
    if (!isFinished(run.state.status)) await resumeOrEndRun(trx, run, "WORKER_DIED", message);
    else if (attempt.state === "lost") await note(trx, run, message);
    return "CONTINUE";
  });
}

/**
 * Fails a run whose worker could not be launched, or cancels it if that was asked for. Nothing happens when the worker has
 * started after all.
 */
export async function failLaunch(db: Db, runId: string, attempt: number, message: string): Promise<void> {
  await inTransaction(db, async (trx) => {
    const { run, attempt: found } = await lockAttempt(trx, runId, attempt);
    if (found.state !== "assigned") return;
    await endAttempt(trx, run, attempt, "ended");
    if (isUnfinished(run, attempt)) await endRun(trx, run, "LAUNCH_FAILURE", message);
  });
}

/** A lost attempt; what is needed to tell others. */
export interface LostAttempt {
  readonly runId: string;
  readonly attempt: number;
}

/**
 * Fails the runs whose workers gave no sign of life until their lease was over, so that their slots are free, or lets them go on
 * in another attempt if they may. Safe to run in several replicas at once. Call `renewAttemptLeases` when the control plane starts.
 */
export async function failLostAttempts(db: Db, now: Date): Promise<LostAttempt[]> {
  const overdue = await db
    .selectFrom("run_attempt")
    .select(["run_id", "attempt"])
    .where("state", "in", ["assigned", "running"])
    .where("lease_until", "<", now)
    .orderBy("lease_until")
    .limit(500)
    .execute();
  const lost: LostAttempt[] = [];
  for (const { run_id: runId, attempt } of overdue) {
    const isLost = await inTransaction(db, (trx) => failLostAttempt(trx, runId, attempt, now));
    if (isLost) lost.push({ runId, attempt });
  }
  return lost;
}

async function failLostAttempt(trx: Trx, runId: string, number: number, now: Date): Promise<boolean> {
  const { run, attempt } = await lockAttempt(trx, runId, number);
  // It may have spoken, or somebody else may have judged it, since the list was made.
  if ((attempt.state !== "assigned" && attempt.state !== "running") || attempt.leaseUntil >= now)
    return false;
  const hasStarted = attempt.state === "running" && isUnfinished(run, number);
  await endAttempt(trx, run, number, hasStarted ? "lost" : "ended");
  if (!isUnfinished(run, number)) return false;
  if (attempt.state === "assigned") {
    await endRun(trx, run, "LAUNCH_FAILURE", "The worker was launched, but has not started to work");
  } else {
    const since = new Date(attempt.leaseUntil.getTime() - ATTEMPT_LEASE_SECONDS * 1000).toISOString();
    const { pid, hostname } = attempt.worker;
    const message = `No sign of life from worker ${pid}@${hostname} since ${since}`;
    await resumeOrEndRun(trx, run, "WORKER_LOST", message);
  }
  return true;
}

async function endAttempt(trx: Trx, run: LockedRun, attempt: number, state: "ended" | "lost"): Promise<void> {
  await sql`
    update run_attempt set state = ${state}, ended_at = now() where run_id = ${run.id} and attempt = ${attempt}`.execute(
    trx,
  );
}

function isUnfinished(run: LockedRun, attempt: number): boolean {
  return run.attempt === attempt && !isFinished(run.state.status);
}

async function resumeOrEndRun(
  trx: Trx,
  run: LockedRun,
  reason: RunFailureReason,
  message: string,
): Promise<void> {
  if (!(await resumeRun(trx, run, message))) await endRun(trx, run, reason, message);
}

async function endRun(trx: Trx, run: LockedRun, reason: RunFailureReason, message: string): Promise<void> {
  const timestamp = Date.now();
  const event: RunEvent =
    run.state.status === "CANCELING"
      ? { type: "RUN_CANCELED", timestamp, message: `Canceled. ${message}` }
      : { type: "RUN_FAILURE", timestamp, message, reason, error: null };
  await appendControlPlaneEvents(trx, run, [event]);
}

async function note(trx: Trx, run: LockedRun, message: string): Promise<void> {
  const event: RunEvent = {
    type: "ENGINE_EVENT",
    timestamp: Date.now(),
    message,
    stepKey: null,
    error: null,
    metadata: {},
  };
  await appendControlPlaneEvents(trx, run, [event]);
}

function describeExit(input: WorkerExitInput, attempt: LockedAttempt): string {
  const { exitCode, signal, lastStderr } = input;
  const how =
    signal === null
      ? `The worker ended with exit code ${exitCode ?? "unknown"} without saying how the run ended`
      : `The worker died with ${signal}${signal === "SIGKILL" ? " (killed from outside or out of memory)" : ""}`;
  const when = attempt.state === "assigned" ? ", before it had started to work" : "";
  return `${how}${when}${lastStderr ? `; its last words:\n${lastStderr}` : ""}`;
}
