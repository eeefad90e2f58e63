import { systemClock } from "@millrace/model/time/clock";
import { every } from "@millrace/model/waiting/every";
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

const ticking = new Map<Clock, AbortController>();

function listen(clock: Clock, intervalMs: number, listener: () => void): () => void {
  clock.listeners.add(listener);
  if (clock.listeners.size === 1) {
    const stop = new AbortController();
    ticking.set(clock, stop);
    void every(systemClock, intervalMs, stop.signal, () => {
      clock.now = new Date();
      for (const each of clock.listeners) each();
    });
  }
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size === 0) ticking.get(clock)?.abort();
  };
}
