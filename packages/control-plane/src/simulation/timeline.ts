import { onAbort } from "@millrace/model/waiting/on-abort";
/** Simulated time: it moves only when nobody can do anything more at this instant, or when the simulation wants it to. */
export interface Timeline {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after that many milliseconds, or when one of the signals is aborted. */
  sleep(milliseconds: number, signals: readonly AbortSignal[]): Promise<void>;
  /** When the next sleeper wakes; null when nobody sleeps. */
  next(): number | null;
  /** Moves on to `instant`, and wakes the first of those who sleep until then at most. */
  moveTo(instant: number): void;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** @param start milliseconds since the epoch. */
export function createTimeline(start: number): Timeline {
  let now = start;
  /** By the instant of waking; those of one instant in the order in which they fell asleep. */
  const sleepers: Sleeper[] = [];

  function add(sleeper: Sleeper): void {
    const index = sleepers.findLastIndex(({ until }) => until <= sleeper.until);
    sleepers.splice(index + 1, 0, sleeper);
  }

  return {
    now: () => now,
    sleep(milliseconds, signals) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (signals.some(({ aborted }) => aborted)) return Promise.resolve();
      const wake = (): void => {
        const index = sleepers.indexOf(sleeper);
        if (index >= 0) sleepers.splice(index, 1);
        for (const each of listening) each[Symbol.dispose]();
        resolve();
      };
      const sleeper = { until: now + Math.max(0, milliseconds), wake };
      add(sleeper);
      const listening = signals.map((signal) => onAbort(signal, wake));
      return promise;
    },
    next: () => sleepers[0]?.until ?? null,
    moveTo(instant) {
      const first = sleepers[0];
      now = Math.max(now, instant);
      if (first !== undefined && first.until <= now) first.wake();
    },
  };
}
