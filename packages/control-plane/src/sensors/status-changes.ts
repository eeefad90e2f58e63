import { isKnownEvent } from "@millrace/model/parse-run-event";
import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";
import { applyRunEvent, INITIAL_RUN_STATE, type RunStatus } from "@millrace/model/run-status";

/** An event that brought a run to a status. */
export interface StatusChange {
  readonly position: number;
  readonly status: RunStatus;
  readonly message: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/**
 * Which of a run's events, in stored order, brought it to a new status. One that the state chart refused, such as the late
 * success of a canceled run, did not.
 */
export function findStatusChanges(
  events: readonly { readonly position: number; readonly event: RunEvent | UnknownEvent }[],
): StatusChange[] {
  let state = INITIAL_RUN_STATE;
  const changes: StatusChange[] = [];
  for (const { position, event } of events) {
    if (!isKnownEvent(event)) continue;
    const { message, timestamp } = event;
    const before = state.status;
    state = applyRunEvent(state, event);
    // A run is queued from its first event on, which therefore does not move the state.
    if (state.status !== before || event.type === "RUN_ENQUEUED")
      changes.push({ position, status: state.status, message, timestamp });
  }
  return changes;
}
