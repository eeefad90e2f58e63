import type { Clock } from "../time/clock.ts";
import { orAborted } from "./until-aborted.ts";

/** What `within` answers when the time is over. */
export const TOO_LATE: unique symbol = Symbol("too late");

/**
 * Waits for a promise, but no longer than that many milliseconds. Leaves neither a timer nor a listener behind.
 *
 * @returns TOO_LATE when the time is over; the promise goes on by itself.
 * @throws what the promise rejects with, or the reason of the signal when that is aborted first.
 */
export async function within<T>(
  clock: Clock,
  milliseconds: number,
  promise: Promise<T>,
  signal?: AbortSignal,
): Promise<T | typeof TOO_LATE> {
  const over = new AbortController();
  try {
    const tooLate = clock.sleep(milliseconds, over.signal).then((): typeof TOO_LATE => TOO_LATE);
    const first = Promise.race([promise, tooLate]);
    return await (signal === undefined ? first : orAborted(first, signal));
  } finally {
    // A reason that is there already: who aborts without one makes an error each time, with its stack.
    over.abort(TOO_LATE);
  }
}
