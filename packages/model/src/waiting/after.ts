import type { Clock } from "../time/clock.ts";

/** Does something once, when that many milliseconds are over. Dispose of what is returned to have it left undone. */
export function after(clock: Clock, milliseconds: number, work: () => void): Disposable {
  const over = new AbortController();
  void clock.sleep(milliseconds, over.signal).then(() => {
    if (!over.signal.aborted) work();
  });
  return { [Symbol.dispose]: () => over.abort() };
}
