import type { RunEvent } from "./run-event.ts";

/**
 * The statuses of a run, in the words users know from Dagster.
 * `QUEUED` waits for the coordinator, `STARTING` waits for its worker, `CANCELING` waits for its worker to stop.
 */
export const RUN_STATUSES = [
  "QUEUED",
  "STARTING",
  "STARTED",
  "CANCELING",
  "SUCCESS",
  "FAILURE",
  "CANCELED",
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Why a run failed; stored beside the status so that nobody has to read the log to learn it. */
export const RUN_FAILURE_REASONS = [
  "STEP_FAILURE",
  "JOB_INITIALIZATION_FAILURE",
  "RUN_EXCEPTION",
  "LAUNCH_FAILURE",
  "WORKER_DIED",
  "WORKER_LOST",
  "MAX_RUNTIME_EXCEEDED",
] as const;
export type RunFailureReason = (typeof RUN_FAILURE_REASONS)[number];

/** The state chart: every status that may directly follow. */
const NEXT: Record<RunStatus, readonly RunStatus[]> = {
  QUEUED: ["STARTING", "CANCELED", "FAILURE"],
  STARTING: ["STARTED", "QUEUED", "CANCELING", "CANCELED", "FAILURE"],
  STARTED: ["SUCCESS", "FAILURE", "CANCELING", "CANCELED"],
  CANCELING: ["CANCELED", "SUCCESS", "FAILURE"],
  SUCCESS: [],
  FAILURE: ["STARTED"],
  CANCELED: [],
};

/** Statuses that hold a slot of the run queue's limits. */
export const ACTIVE_RUN_STATUSES: readonly RunStatus[] = ["STARTING", "STARTED", "CANCELING"];

/** Whether nothing more is expected of the run. A worker that was declared lost and returns reopens its run. */
export function isFinished(status: RunStatus): boolean {
  return status === "SUCCESS" || status === "FAILURE" || status === "CANCELED";
}

/** What a run's events say about it: the fold that is stored beside the run. Instants are milliseconds since the epoch. */
export interface RunState {
  readonly status: RunStatus;
  readonly failureReason: RunFailureReason | null;
  readonly failureMessage: string | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export const INITIAL_RUN_STATE: RunState = {
  status: "QUEUED",
  failureReason: null,
  failureMessage: null,
  startedAt: null,
  endedAt: null,
};

/**
 * Folds one event into a run's state. An event that the state chart does not allow (a late `RUN_SUCCESS` of a canceled run)
 * leaves the state as it is: the event is kept, the status does not move.
 *
 * Only a failure for `WORKER_LOST` can be reopened, by `RUN_WORKER_RETURNED`: the worker was out of reach, not dead.
 */
export function applyRunEvent(state: RunState, event: RunEvent): RunState {
  const status = statusAfter(state, event);
  if (status === null || !NEXT[state.status].includes(status)) return state;
  switch (status) {
    case "STARTED":
      return { ...state, status, startedAt: state.startedAt ?? event.timestamp, endedAt: null, failureReason: null, failureMessage: null };
    case "SUCCESS":
    case "CANCELED":
      return { ...state, status, endedAt: event.timestamp };
    case "FAILURE":
      return event.type === "RUN_FAILURE"
        ? { ...state, status, endedAt: event.timestamp, failureReason: event.reason, failureMessage: event.message }
        : state;
    case "QUEUED":
    case "STARTING":
    case "CANCELING":
      return { ...state, status };
  }
}

function statusAfter(state: RunState, event: RunEvent): RunStatus | null {
  switch (event.type) {
    case "RUN_ENQUEUED":
      return "QUEUED";
    case "RUN_STARTING":
      return "STARTING";
    case "RUN_START":
      return state.status === "FAILURE" ? null : "STARTED";
    case "RUN_WORKER_RETURNED":
      return state.failureReason === "WORKER_LOST" ? "STARTED" : null;
    case "RUN_SUCCESS":
      return "SUCCESS";
    case "RUN_FAILURE":
      return "FAILURE";
    case "RUN_CANCELING":
      return "CANCELING";
    case "RUN_CANCELED":
      return "CANCELED";
    default:
      return null;
  }
}
