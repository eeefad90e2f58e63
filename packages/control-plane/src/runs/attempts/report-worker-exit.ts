import { sql } from "kysely";
import { isFinished } from "@millrace/model/run-status";
import { describeWorkerEnd, isInterrupted, type WorkerEnd } from "@millrace/model/runs/worker-end";
import { noteAgentIsThere } from "../../agents/agent-store.ts";
import type { Db, Trx } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { appendControlPlaneEvents, type ControlPlaneEvent } from "../fold/append-run-events.ts";
import type { Directive } from "../fold/directive.ts";
import { tellFreedSlot } from "../outliving-attempts.ts";
import { lockAttempt, type LockedAttempt, type LockedRun } from "../fold/lock-run.ts";
import { cancelRun, resumeOrEndRun } from "./end-attempt.ts";
import { exitCounts, type Launch } from "./exit-counts.ts";
import { launchKey } from "./work-keys.ts";

/** How a worker ended, as its agent saw it. */
export interface WorkerExitInput {
  /** The deployment of the agent; a run of another one is not there for it. */
  readonly deploymentId: string;
  readonly agentId: string;
  readonly runId: string;
  readonly attempt: number;
  /** The id the worker made for itself; null: it never came so far, or nobody knows. */
  readonly workerId: string | null;
  readonly end: WorkerEnd;
}

/**
 * Notes that a worker has ended. What it had to say was delivered before, so a run that is neither finished nor waits by now never
 * will be finished by this attempt: it goes on in another one if it may, fails with the cause, or is canceled if that was asked for, or
 * the worker was asked to stop, as whoever ends its agent does.
 * Reporting twice is reporting once. The end of a worker that is not the attempt's changes nothing, nor
 * does that of one that never started, while its launch is still to be delivered again.
 *
 * @throws RunNotFound
 */
export async function reportWorkerExit(db: Db, input: WorkerExitInput): Promise<Directive> {
  // Its run may go on where its values are: with the agent that tells of its death.
  if (input.end.exitCode !== 0) await noteAgentIsThere(db, input.deploymentId, input.agentId);
  return inTransaction(db, async (trx) => {
    const { run, attempt } = await lockAttempt(trx, input.runId, input.attempt, input.deploymentId);
    if (attempt.exitReported) return "CONTINUE";
    const launch = await findLaunch(trx, run, attempt.attempt);
    if (!exitCounts(input, attempt, launch)) return "SUPERSEDED";
    const { lastOutput: _, ...end } = input.end;
    await sql`
      update run_attempt set exit = ${JSON.stringify(end)}::jsonb, ended_at = coalesce(ended_at, now()),
        agent_id = coalesce(agent_id, ${input.agentId}), state = case state when 'lost' then state else 'ended' end
      where run_id = ${run.id} and attempt = ${attempt.attempt}
      returning ${tellFreedSlot(run.deploymentId)}`.execute(trx);
    if (run.attempt !== attempt.attempt) return "SUPERSEDED";
    const message = describeExit(input.end, attempt);
    if (run.state.waitingUntil !== null) return "CONTINUE";
    if (isFinished(run.state.status)) {
      if (attempt.state === "lost") await noteExit(trx, run, message);
    } else if (isInterrupted(input.end) && !attempt.stopAsked) await cancelRun(trx, run, message);
    else await resumeOrEndRun(trx, run, attempt.stopAsked ? "WORKER_HUNG" : "WORKER_DIED", message);
    return "CONTINUE";
  });
}

async function findLaunch(trx: Trx, run: LockedRun, attempt: number): Promise<Launch | null> {
  const item = await trx
    .selectFrom("work_item")
    .select(["agent_id", "state", sql<string | null>`payload ->> 'startedFor'`.as("startedFor")])
    .where("deployment_id", "=", run.deploymentId)
    .where("idempotency_key", "=", launchKey(run.id, attempt))
    .executeTakeFirst();
  return item ? { agentId: item.agent_id, isDone: item.state === "done", startedFor: item.startedFor } : null;
}

async function noteExit(trx: Trx, run: LockedRun, message: string): Promise<void> {
  const event: ControlPlaneEvent = {
    type: "ENGINE_EVENT",
    message,
    stepKey: null,
    error: null,
    metadata: {},
  };
  await appendControlPlaneEvents(trx, run, [event]);
}

function describeExit(end: WorkerEnd, attempt: LockedAttempt): string {
  const when =
    attempt.state === "assigned"
      ? ", before it had started to work"
      : end.how === "exited"
        ? " without saying how the run ended"
        : "";
  const words = end.lastOutput ? `; its last words:\n${end.lastOutput}` : "";
  return `The worker ${describeWorkerEnd(end)}${when}${words}`;
}
