import { useSyncExternalStore } from "react";

interface Clock {
  now: Date;
  readonly listeners: Set<() => void>;
}

const clocks = new Map<number, Clock>();

/** The time, refreshed every `intervalMs` for all readers at once. */
export function useNow(intervalMs: number): Date {
  const clock = findClock(intervalMs);
  return useSyncExternalStore(
    (listener) => listen(clock, intervalMs, listener),
    () => clock.now,
  );
}

function findClock(intervalMs: number): Clock {
  let clock = clocks.get(intervalMs);
  if (!clock) {
    clock = { now: new Date(), listeners: new Set() };
    clocks.set(intervalMs, clock);
  }
  if (clock.listeners.size === 0 && Date.now() - clock.now.getTime() >= intervalMs) clock.now = new Date();
  return clock;
}

const timers = new Map<Clock, ReturnType<typeof setInterval>>();

function listen(clock: Clock, intervalMs: number, listener: () => void): () => void {
  clock.listeners.add(listener);
  if (clock.listeners.size === 1) {
    timers.set(
      clock,
      setInterval(() => {
        clock.now = new Date();
        for (const each of clock.listeners) each();
      }, intervalMs),
    );
  }
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size === 0) clearInterval(timers.get(clock));
  };
}
