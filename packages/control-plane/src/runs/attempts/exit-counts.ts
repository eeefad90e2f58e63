import type { LockedAttempt } from "../fold/lock-run.ts";

/** Whose end an agent reports. */
export interface ReportedWorker {
  readonly agentId: string;
  /** The id the worker made for itself; null: it never came so far, or nobody knows. */
  readonly workerId: string | null;
}

/**
 * Whether the end of a worker is the end of the attempt. A launch that was delivered twice has two workers, of which one is
 * turned away and ends; that says nothing about the other one.
 *
 * @param launcher the agent that holds the launch; null: nobody does, it waits for its next delivery.
 */
export function exitCounts(
  exit: ReportedWorker,
  attempt: Pick<LockedAttempt, "worker" | "agentId">,
  launcher: string | null,
): boolean {
  const { workerId } = attempt.worker;
  if (workerId !== undefined && exit.workerId !== null) return workerId === exit.workerId;
  return (attempt.agentId ?? launcher) === exit.agentId;
}
