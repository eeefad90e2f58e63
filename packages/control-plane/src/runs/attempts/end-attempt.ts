import { sql } from "kysely";
import { isFinished } from "@millrace/model/run-status";
import type { RunFailureReason } from "@millrace/model/run-failure";
import { forEachAlone } from "../../daemons/for-each-alone.ts";
import type { Db, Trx } from "../../database/connect.ts";
import { appendControlPlaneEvents } from "../fold/append-run-events.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { tellFreedSlot } from "../outliving-attempts.ts";
import { lockAttempt, type LockedRun } from "../fold/lock-run.ts";
import { resumeRun } from "./resume-run.ts";

/**
 * Fails a run whose worker could not be launched, or cancels it if that was asked for. Nothing happens when the worker has
 * started after all.
 *
 * @param never the worker for which the launch began the attempt, and of which its agent says that it never had it. Default: none.
 */
export async function failLaunch(
  db: Db,
  runId: string,
  attempt: number,
  message: string,
  never?: string,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    const { run, attempt: found } = await lockAttempt(trx, runId, attempt);
    const { state, nextSequence, worker } = found;
    const isNevers = never !== undefined && worker.workerId === never && nextSequence === 0;
    if (state !== "assigned" && !(state === "running" && isNevers)) return;
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
 * Fails the runs of a deployment whose workers gave no sign of life until their lease was over, so that their slots are free, or
 * lets them go on in another attempt if they may. Safe to run in several replicas at once.
 */
export async function failLostAttempts(db: Db, deploymentId: string): Promise<LostAttempt[]> {
  const overdue = await db
    .selectFrom("run_attempt")
    .select(["run_id", "attempt"])
    .where("deployment_id", "=", deploymentId)
    .where("state", "in", ["assigned", "running"])
    .where("lease_until", "<", sql<Date>`now()`)
    .orderBy("lease_until")
    .limit(500)
    .execute();
  const lost: LostAttempt[] = [];
  await forEachAlone(overdue, async ({ run_id: runId, attempt }) => {
    const isLost = await inTransaction(db, (trx) => failLostAttempt(trx, runId, attempt));
    if (isLost) lost.push({ runId, attempt });
  });
  return lost;
}

async function failLostAttempt(trx: Trx, runId: string, number: number): Promise<boolean> {
  const { run, attempt } = await lockAttempt(trx, runId, number);
  // It may have spoken, or somebody else may have judged it, since the list was made.
  if ((attempt.state !== "assigned" && attempt.state !== "running") || !attempt.isOverdue) return false;
  const hasStarted = attempt.state === "running" && isUnfinished(run, number);
  await endAttempt(trx, run, number, hasStarted ? "lost" : "ended");
  if (!isUnfinished(run, number)) return false;
  if (attempt.state === "assigned") {
    await endRun(trx, run, "LAUNCH_FAILURE", "The worker was launched, but has not started to work");
  } else {
    const since = (attempt.unreachableSince ?? attempt.heardAt).toISOString();
    const message = `No sign of life from worker ${attempt.worker.place ?? "unknown"} since ${since}`;
    await resumeOrEndRun(trx, run, attempt.stopAsked ? "WORKER_HUNG" : "WORKER_LOST", message);
  }
  return true;
}

async function endAttempt(trx: Trx, run: LockedRun, attempt: number, state: "ended" | "lost"): Promise<void> {
  await sql`
    update run_attempt set state = ${state}, ended_at = now() where run_id = ${run.id} and attempt = ${attempt}
    returning ${tellFreedSlot(run.deploymentId)}`.execute(trx);
}

function isUnfinished(run: LockedRun, attempt: number): boolean {
  return run.attempt === attempt && !isFinished(run.state.status);
}

/** Lets a run whose newest attempt has ended go on in another one if it may; else it ends, as failed or as canceled. */
export async function resumeOrEndRun(
  trx: Trx,
  run: LockedRun,
  reason: RunFailureReason,
  message: string,
): Promise<void> {
  if (!(await resumeRun(trx, run, message))) await endRun(trx, run, reason, message);
}

async function endRun(trx: Trx, run: LockedRun, reason: RunFailureReason, message: string): Promise<void> {
  if (run.state.status === "CANCELING") await cancelRun(trx, run, message);
  else await appendControlPlaneEvents(trx, run, [{ type: "RUN_FAILURE", message, reason, error: null }]);
}

/** Ends a run as canceled. */
export async function cancelRun(trx: Trx, run: LockedRun, message: string): Promise<void> {
  await appendControlPlaneEvents(trx, run, [{ type: "RUN_CANCELED", message: `Canceled. ${message}` }]);
}
