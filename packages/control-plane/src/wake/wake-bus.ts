import type { Clock } from "@millrace/model/time/clock";
import type { Topic } from "@millrace/model/topic";

/** Who waits for changes: hints arrive for whole topics, and those that come while nobody looks are kept. */
export interface Waiting extends Disposable {
  /**
   * The topics of which something changed since the last call; waits for the first if there is none yet.
   * Empty after `timeoutMs`, or when `signal` aborts, or when the bus closes.
   */
  next(timeoutMs?: number, signal?: AbortSignal): Promise<Topic[]>;
}

/** Hands hints to those in this process who wait for them. */
export interface WakeBus {
  /** Open it before you look, then look, then wait: so nothing falls between. */
  wait(topics: readonly Topic[]): Waiting;
  /** The same as a stream, for subscriptions: one topic at a time, from the call on, until `signal` aborts or the bus closes. */
  subscribe(topics: readonly Topic[], signal?: AbortSignal): AsyncIterableIterator<Topic>;
}

/** The part of a bus that brings hints in. */
export interface WakeSource extends WakeBus {
  wake(topic: Topic): void;
  /** Wakes everyone: hints may have been missed. */
  wakeAll(): void;
  /** Ends every wait. */
  end(): void;
}

interface Waiter {
  readonly topics: readonly Topic[];
  readonly changed: Set<Topic>;
  wakeUp: (() => void) | null;
}

/** A bus within one process; `createWakeListener` feeds it from the database. */
export function createWakeBus(clock: Clock): WakeSource {
  const waiters = new Map<Topic, Set<Waiter>>();
  let ended = false;

  function touch(waiter: Waiter, topic: Topic): void {
    waiter.changed.add(topic);
    waiter.wakeUp?.();
  }

  function wait(topics: readonly Topic[]): Waiting {
    const waiter: Waiter = { topics, changed: new Set(), wakeUp: null };
    for (const topic of topics) {
      const others = waiters.get(topic);
      if (others) others.add(waiter);
      else waiters.set(topic, new Set([waiter]));
    }
    return {
      async next(timeoutMs, signal) {
        if (waiter.changed.size === 0 && !ended && !signal?.aborted)
          await sleepUntilWoken(clock, waiter, timeoutMs, signal);
        const changed = [...waiter.changed];
        waiter.changed.clear();
        return changed;
      },
      [Symbol.dispose]() {
        for (const topic of topics) {
          const others = waiters.get(topic);
          others?.delete(waiter);
          if (others?.size === 0) waiters.delete(topic);
        }
        waiter.wakeUp?.();
      },
    };
  }

  return {
    wait,
    subscribe(topics, signal) {
      // At once, not when the reader asks for the first one: a change in between must not be lost.
      const waiting = wait(topics);
      return (async function* listen() {
        using changes = waiting;
        for (;;) {
          const changed = await changes.next(undefined, signal);
          if (ended || signal?.aborted) return;
          yield* changed;
        }
      })();
    },
    wake(topic) {
      for (const waiter of waiters.get(topic) ?? []) touch(waiter, topic);
    },
    wakeAll() {
      for (const [topic, group] of waiters) for (const waiter of group) touch(waiter, topic);
    },
    end() {
      ended = true;
      for (const group of waiters.values()) for (const waiter of group) waiter.wakeUp?.();
    },
  };
}

async function sleepUntilWoken(
  clock: Clock,
  waiter: Waiter,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const awake = new AbortController();
  if (timeoutMs !== undefined) void clock.sleep(timeoutMs, awake.signal).then(resolve);
  waiter.wakeUp = resolve;
  const stop = (): void => resolve();
  signal?.addEventListener("abort", stop);
  await promise;
  signal?.removeEventListener("abort", stop);
  waiter.wakeUp = null;
  awake.abort();
}
