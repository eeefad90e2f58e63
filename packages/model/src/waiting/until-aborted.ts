import { onAbort } from "./on-abort.ts";

/** A wait for the end of something. Stop it when it is not waited for any more: a signal may outlive many waits. */
export interface UntilAborted {
  /** Rejects with the signal's reason. */
  readonly promise: Promise<never>;
  stop(): void;
}

/** Waits until a signal is aborted; at once when it is already. */
export function untilAborted(signal: AbortSignal): UntilAborted {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {}); // A rejection that nobody waits for is none to report.
  const listening = onAbort(signal, () => reject(signal.reason));
  return { promise, stop: () => listening[Symbol.dispose]() };
}

/**
 * Waits for a promise, or until the signal is aborted.
 *
 * @throws what the promise rejects with, or the reason of the signal when that is aborted first.
 */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = untilAborted(signal);
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    aborted.stop();
  }
}
