import { isKnownEvent } from "@millrace/model/parse-run-event";
import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";
import type { RunFailureReason } from "@millrace/model/run-failure";
import { applyRunEvent, type RunState, type RunStatus } from "@millrace/model/run-status";

/** An event that brought a run to a status: what becomes a row of `run_change`. */
export interface StatusChange {
  /** Of the event among those that were given. */
  readonly index: number;
  readonly status: RunStatus;
  readonly failureReason: RunFailureReason | null;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** A run's state after further events, and the changes of its status on the way. */
export interface Fold {
  readonly state: RunState;
  readonly changes: readonly StatusChange[];
}

/**
 * Folds events into a run's state. One that the state chart refuses, such as the late success of a canceled run, changes nothing.
 */
export function foldEvents(before: RunState, events: readonly (RunEvent | UnknownEvent)[]): Fold {
  let state = before;
  const changes: StatusChange[] = [];
  for (const [index, event] of events.entries()) {
    if (!isKnownEvent(event)) continue;
    const { status } = state;
    state = applyRunEvent(state, event);
    if (state.status === status) continue;
    const { timestamp } = event;
    changes.push({ index, status: state.status, failureReason: state.failureReason, timestamp });
  }
  return { state, changes };
}
