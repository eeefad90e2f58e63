import { StepTimedOut } from "../scope/step-failures.ts";
import type { RunScope } from "../scope/run-scope.ts";

/**
 * Does the work of one attempt of a step, and aborts its controller with `StepTimedOut` when the step's time is over before.
 *
 * @param seconds Null: there is no limit.
 */
export async function limitAttempt<T>(
  { clock }: Pick<RunScope, "clock">,
  seconds: number | null,
  controller: AbortController,
  work: () => Promise<T>,
): Promise<T> {
  if (seconds === null) return work();
  const over = new AbortController();
  void clock.sleep(seconds * 1000, over.signal).then(() => {
    if (!over.signal.aborted) controller.abort(new StepTimedOut(seconds));
  });
  try {
    return await work();
  } finally {
    over.abort();
  }
}
