import type { RunEvent } from "./run-event.ts";
import type { RunFailureReason } from "./run-failure.ts";

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

/**
 * The state chart: every status that may directly follow. A canceled run never moves again; a failed one moves only when
 * its worker had been declared lost and returns.
 */
const NEXT: Record<RunStatus, readonly RunStatus[]> = {
  QUEUED: ["STARTING", "CANCELED", "FAILURE"],
  STARTING: ["STARTED", "CANCELING", "CANCELED", "FAILURE"],
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
  /** Also while the run is `CANCELING`, when it is going to fail for this. */
  readonly failureReason: RunFailureReason | null;
  readonly failureMessage: string | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Until when a run that is `STARTED` waits without a worker, and without a slot; null: it does not. */
  readonly waitingUntil: number | null;
}

export const INITIAL_RUN_STATE: RunState = {
  status: "QUEUED",
  failureReason: null,
  failureMessage: null,
  startedAt: null,
  endedAt: null,
  waitingUntil: null,
};

/**
 * Folds one event into a run's state. An event that the state chart does not allow (a late `RUN_SUCCESS` of a canceled run)
 * leaves the state as it is: the event is kept, the status does not move.
 *
 * A run that the control plane ends for a reason of its own (`RUN_CANCELING` with a reason) fails for it in the end, unless it
 * has succeeded meanwhile. A further attempt of a run whose worker died does not move the status: it stays `STARTED`.
 *
 * A worker that is out of reach (`RUN_WORKER_UNREACHABLE`) moves no status. Only a failure for `WORKER_LOST` can be reopened, by
 * `RUN_WORKER_RETURNED`: the worker was out of reach for longer than its lease, not dead.
 *
 * A run whose worker ended because all that is left waits (`RUN_SUSPENDED`) stays `STARTED`, until it goes on (`RUN_RESUMED`). One
 * that was to stop has stopped by it.
 */
export function applyRunEvent(state: RunState, event: RunEvent): RunState {
  const after = fold(state, event);
  return after.waitingUntil === null || after.status === "STARTED" ? after : { ...after, waitingUntil: null };
}

function fold(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case "RUN_STARTING":
      return canBecome(state, "STARTING") ? { ...state, status: "STARTING" } : state;
    case "RUN_START":
      // A worker may start while its run is being canceled, and after it was taken for lost: when it began is a fact then too.
      if (state.status === "STARTING") return { ...state, status: "STARTED", startedAt: event.timestamp };
      if (state.startedAt !== null || isFinished(state.status) || state.status === "QUEUED") return state;
      return { ...state, startedAt: event.timestamp };
    case "RUN_WORKER_RETURNED":
      if (state.status !== "FAILURE" || state.failureReason !== "WORKER_LOST") return state;
      return { ...state, status: "STARTED", endedAt: null, failureReason: null, failureMessage: null };
    case "RUN_CANCELING":
      if (!canBecome(state, "CANCELING")) return state;
      if (event.reason === undefined) return { ...state, status: "CANCELING" };
      return { ...state, status: "CANCELING", failureReason: event.reason, failureMessage: event.message };
    case "RUN_SUCCESS":
      if (!canBecome(state, "SUCCESS")) return state;
      return {
        ...state,
        status: "SUCCESS",
        endedAt: event.timestamp,
        failureReason: null,
        failureMessage: null,
      };
    case "RUN_SUSPENDED":
      if (state.status === "STARTED") return { ...state, waitingUntil: event.until };
      return state.status === "CANCELING" ? cancel(state, event.timestamp) : state;
    case "RUN_RESUMED":
      return { ...state, waitingUntil: null };
    case "RUN_CANCELED":
      if (!canBecome(state, "CANCELED")) return state;
      return cancel(state, event.timestamp);
    case "RUN_FAILURE":
      if (!canBecome(state, "FAILURE")) return state;
      if (isBeingFailed(state)) return { ...state, status: "FAILURE", endedAt: event.timestamp };
      return {
        ...state,
        status: "FAILURE",
        endedAt: event.timestamp,
        failureReason: event.reason,
        failureMessage: event.message,
      };
    default:
      return state;
  }
}

function cancel(state: RunState, endedAt: number): RunState {
  return { ...state, status: isBeingFailed(state) ? "FAILURE" : "CANCELED", endedAt };
}

/** Whether the control plane ends the run for a reason of its own: however its worker stops, the run fails for that. */
function isBeingFailed({ status, failureReason }: RunState): boolean {
  return status === "CANCELING" && failureReason !== null;
}

function canBecome(state: RunState, status: RunStatus): boolean {
  return NEXT[state.status].includes(status);
}
