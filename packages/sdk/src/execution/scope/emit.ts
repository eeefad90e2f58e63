import type { RunEvent } from "@millrace/model/run-event";
import { maskEvent } from "./mask-secrets.ts";
import type { RunScope } from "./run-scope.ts";

/** An event without the time, which is taken when it is emitted. */
type WithoutTimestamp<E> = E extends unknown ? Omit<E, "timestamp"> : never;

/** Sends an event on its way. */
export function emit(scope: RunScope, event: WithoutTimestamp<RunEvent>): void {
  scope.sink(maskEvent({ ...event, timestamp: scope.clock.now() }, scope.environment.secrets));
}
