import { type RunStatus, isFinished } from "@millrace/model/run-status";
import type { RunFailureReason } from "@millrace/model/run-failure";
import type { AttemptState } from "../attempt-state.ts";

/** What a worker is told with every answer, see the agent API. */
export const DIRECTIVES = ["CONTINUE", "CANCEL", "SUPERSEDED"] as const;
export type Directive = (typeof DIRECTIVES)[number];

/** What decides whether an attempt may still speak for its run. */
export interface Standing {
  readonly status: RunStatus;
  readonly failureReason: RunFailureReason | null;
  /** The run's newest attempt. */
  readonly newestAttempt: number;
  readonly attempt: number;
  readonly attemptState: AttemptState;
  /** Whether its worker was asked to stop. */
  readonly stopAsked: boolean;
  /** Whether somebody has launched the run again since. */
  readonly reexecuted: boolean;
}

/**
 * Whether this attempt's worker hangs and was told to stop, so that its run goes on in another one as soon as it is gone: a run that
 * has not to stop itself, and whose worker has.
 */
function isGivenUp({ status, stopAsked }: Standing): boolean {
  return status === "STARTED" && stopAsked;
}

/** Whether this attempt was taken for lost and may take its run back: nobody else took over. */
export function mayReturn(standing: Standing): boolean {
  return (
    standing.attempt === standing.newestAttempt &&
    standing.attemptState === "lost" &&
    standing.status === "FAILURE" &&
    standing.failureReason === "WORKER_LOST" &&
    !standing.stopAsked &&
    !standing.reexecuted
  );
}

/**
 * What to tell the worker of an attempt. An attempt that has ended its run itself goes on: its last log bytes are still to come.
 * One that may return is told to go on as well, since by speaking it has returned.
 */
export function directiveFor(standing: Standing): Directive {
  if (standing.attempt !== standing.newestAttempt || isGivenUp(standing)) return "SUPERSEDED";
  if (standing.attemptState === "lost") return mayReturn(standing) ? "CONTINUE" : "SUPERSEDED";
  if (standing.status === "CANCELING") return "CANCEL";
  return isFinished(standing.status) && standing.attemptState !== "ended" ? "SUPERSEDED" : "CONTINUE";
}
