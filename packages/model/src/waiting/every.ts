import type { Clock } from "../time/clock.ts";

/** Does something again and again, first after one pause, until the signal is aborted. */
export async function every(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
  work: () => void,
): Promise<void> {
  for (;;) {
    await clock.sleep(milliseconds, signal);
    if (signal.aborted) return;
    work();
  }
}
