import type { Clock } from "@millrace/model/time/clock";
import type { RunScope } from "../execution/scope/run-scope.ts";

/** The time of a run in a test: what its steps wait for by themselves takes none, and the run's clock is set on instead. */
export function createSkippedTime(clock: Clock): Pick<RunScope, "clock" | "letTimePass"> {
  let skippedMs = 0;
  return {
    clock: { ...clock, now: () => clock.now() + skippedMs },
    letTimePass(milliseconds, signal) {
      if (!signal.aborted) skippedMs += milliseconds;
      // Whoever polls for ever must not keep the test's own time limit from being noticed.
      return clock.sleep(0, signal);
    },
  };
}
