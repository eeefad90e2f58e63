import { onAbort } from "./on-abort.ts";

/** A wait for the end of something. Stop it when it is not waited for any more: a signal may outlive many waits. */
export interface UntilAborted {
  /** Rejects with the signal's reason. */
  readonly promise: Promise<never>;
  stop(): void;
}

/** Waits until a signal is aborted; at once when it is already. */
export function untilAborted(signal: AbortSignal): UntilAborted {
  let stop = (): void => {};
  // Not `Promise.withResolvers`, which the Node of an application may not have.
  const promise = new Promise<never>((_resolve, reject) => {
    const listening = onAbort(signal, () => reject(signal.reason));
    stop = () => listening[Symbol.dispose]();
  });
  promise.catch(() => {}); // A rejection that nobody waits for is none to report.
  return { promise, stop };
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
