import type { Clock } from "../time/clock.ts";

/** A reason that is there already: who aborts without one makes an error each time, with its stack. */
const LEFT_UNDONE = Symbol("left undone");

/** Does something once, when that many milliseconds are over. Dispose of what is returned to have it left undone. */
export function after(clock: Clock, milliseconds: number, work: () => void): Disposable {
  const over = new AbortController();
  void clock.sleep(milliseconds, over.signal).then(() => {
    if (!over.signal.aborted) work();
  });
  return { [Symbol.dispose]: () => over.abort(LEFT_UNDONE) };
}
