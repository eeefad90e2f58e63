import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import type { LockedAttempt } from "../fold/lock-run.ts";

/** Whose end an agent reports. */
export interface ReportedWorker {
  readonly agentId: string;
  /** The id the worker made for itself; null: it never came so far, or nobody knows. */
  readonly workerId: string | null;
  readonly end: Pick<WorkerEnd, "how">;
}

/** The work item of an attempt's launch. */
export interface Launch {
  /** The agent that holds it, or held it until it was done; null: it waits for its next delivery. */
  readonly agentId: string | null;
  /** Whether an agent has said that the worker has its run. */
  readonly isDone: boolean;
  /** The worker for which the launch began the attempt; null: for none. */
  readonly startedFor: string | null;
}

/**
 * Whether the end of a worker is the end of the attempt. A launch that was delivered twice has two workers, of which one is
 * turned away and ends; that says nothing about the other one. A worker that never started, of an agent that died while it
 * launched, leaves the launch to its next delivery; so does one for which the launch began the attempt, if it has said nothing.
 *
 * @param launch null: it is not known any more.
 */
export function exitCounts(
  exit: ReportedWorker,
  attempt: Pick<LockedAttempt, "worker" | "agentId" | "nextSequence">,
  launch: Launch | null,
): boolean {
  const { workerId } = attempt.worker;
  const isSilent = workerId === undefined || (workerId === launch?.startedFor && attempt.nextSequence === 0);
  if (isSilent && exit.end.how === "never_started" && launch?.isDone === false) return false;
  if (workerId !== undefined && exit.workerId !== null) return workerId === exit.workerId;
  return (attempt.agentId ?? launch?.agentId ?? null) === exit.agentId;
}
