import { onAbort } from "@millrace/model/waiting/on-abort";
import type { RunScope } from "./run-scope.ts";
import { StepTimedOut } from "./step-failures.ts";

/**
 * Waits for work of the user's no longer than its signal allows: when the time of a step is over it fails at once; when the run is
 * interrupted it has a few seconds to end by itself. What goes on after that is left alone.
 *
 * @throws The signal's reason, or what the work threw before.
 */
export async function unlessInterrupted<T>(
  scope: RunScope,
  signal: AbortSignal,
  work: () => T | Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const working = Promise.resolve().then(work);
  try {
    return await Promise.race([working, untilInterrupted(scope, signal, working, over.signal)]);
  } catch (error) {
    // Code that stops because its signal was aborted throws errors of many kinds; the reason is what counts.
    throw signal.aborted && error !== signal.reason ? withCause(signal.reason, error) : error;
  } finally {
    over.abort();
  }
}

/** Rejects when user code was interrupted and its time to end by itself is over; never ends when the code has ended. */
export async function untilInterrupted(
  scope: RunScope,
  signal: AbortSignal,
  code: Promise<unknown>,
  over: AbortSignal,
): Promise<never> {
  await aborted(signal, over);
  if (!(signal.reason instanceof StepTimedOut)) {
    const grace = scope.clock.sleep(scope.interruptGraceSeconds * 1000, over);
    await Promise.race([grace, code.catch(() => {})]);
  }
  return rejectUnless(over, signal.reason);
}

/** Rejects with the reason; never ends when the code has ended before. */
function rejectUnless(over: AbortSignal, reason: unknown): Promise<never> {
  return over.aborted ? new Promise<never>(() => {}) : Promise.reject(reason);
}

function aborted(signal: AbortSignal, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const listening = onAbort(signal, resolve);
    onAbort(over, () => listening[Symbol.dispose]());
  });
}

function withCause(reason: unknown, cause: unknown): unknown {
  if (reason instanceof Error && reason.cause === undefined) reason.cause = cause;
  return reason;
}
