import type { Clock } from "@millrace/model/time/clock";
import type { Topic } from "@millrace/model/topic";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { within } from "@millrace/model/waiting/within";
import { createHintPace } from "./hint-pace.ts";

/** Who waits for changes: hints arrive for whole topics, and those that come while nobody looks are kept. */
export interface Waiting extends Disposable {
  /**
   * The topics of which something changed since the last call; waits for the first if there is none yet.
   * Empty after `timeoutMs`, or when `signal` aborts, or when the bus closes.
   */
  next(timeoutMs?: number, signal?: AbortSignal): Promise<Topic[]>;
  /**
   * Ends the wait that is under way, or else the next one: there is something else to look at than a change.
   *
   * @param agoMs for how many milliseconds there has been. Default: 0.
   */
  rouse(agoMs?: number): void;
  /** Since when there was what ended the last wait, by the monotonic clock; null: nothing did but its time. */
  wokenSince(): number | null;
}

/** A wait of one of several who would all do the same when they are woken, so that waking one is enough. */
export interface TurnWaiting extends Waiting {
  /**
   * Says that everything it was woken for so far was seen to, so that nobody else need look. Whoever leaves without, because it
   * failed, hung up or left something, has the next one in the line woken.
   */
  finishTurn(): void;
}

/** Hands hints to those in this process who wait for them. */
export interface WakeBus {
  /** Open it before you look, then look, then wait: so nothing falls between. */
  wait(topics: readonly Topic[]): Waiting;
  /**
   * Like `wait`, but of those who wait in turn for a topic, a hint wakes the one who has waited longest: a thousand who wait for
   * one piece of work cost no more than one.
   *
   * @param others topics of which everyone is told.
   */
  waitInTurn(turns: readonly Topic[], others: readonly Topic[]): TurnWaiting;
  /**
   * The same as a stream, for subscriptions: one topic at a time, from the call on, until `signal` aborts or the bus closes. Of each
   * topic the first hint comes at once, the next ones after a pause, see `createHintPace`.
   */
  subscribe(topics: readonly Topic[], signal?: AbortSignal): AsyncIterableIterator<Topic>;
  /** How many hints have come into this process: what is looked up later shows all that they tell of. */
  countHints(): number;
}

/** The part of a bus that brings hints in. */
export interface WakeSource extends WakeBus {
  wake(topic: Topic): void;
  /** Wakes everyone, and one of each line of those who wait in turn: hints may have been missed. */
  wakeAll(): void;
  /** Ends every wait. */
  end(): void;
}

interface Waiter {
  /** Whether others see to the same things. */
  readonly inTurn: boolean;
  readonly changed: Set<Topic>;
  /** Whether its next wait is to end at once. */
  isRoused: boolean;
  /** Since when there is what it has not looked at. */
  since: number | null;
  wakeUp: (() => void) | null;
}

/** A bus within one process; `createWakeListener` feeds it from the database. */
export function createWakeBus(clock: Clock): WakeSource {
  const waiters = createGroups();
  /** Those who wait in turn, the longest waiting first. */
  const lines = createGroups();
  let ended = false;
  let readers = 0;
  let hints = 0;

  function touch(waiter: Waiter, topic: Topic): void {
    waiter.changed.add(topic);
    waiter.since ??= clock.monotonic();
    waiter.wakeUp?.();
  }

  /** Wakes one who sleeps; if all are looking, one of them will look once more. */
  function wakeNext(topic: Topic): void {
    const line = [...lines.of(topic)];
    const next = line.find((waiter) => waiter.wakeUp !== null && waiter.changed.size === 0) ?? line[0];
    if (next === undefined) return;
    // The waiter that has had its turn moves to the end of the line.
    lines.remove(topic, next);
    lines.add(topic, next);
    touch(next, topic);
  }

  function startWaiting(waiter: Waiter, leave: () => void): Waiting {
    let wokenSince: number | null = null;
    return {
      async next(timeoutMs, signal) {
        if (waiter.changed.size === 0 && !waiter.isRoused && !ended && !signal?.aborted)
          await sleepUntilWoken(clock, waiter, timeoutMs, signal);
        waiter.isRoused = false;
        wokenSince = waiter.since;
        waiter.since = null;
        const changed = [...waiter.changed];
        waiter.changed.clear();
        return changed;
      },
      rouse(agoMs = 0) {
        waiter.isRoused = true;
        waiter.since ??= clock.monotonic() - agoMs;
        waiter.wakeUp?.();
      },
      wokenSince: () => wokenSince,
      [Symbol.dispose]() {
        leave();
        waiter.wakeUp?.();
      },
    };
  }

  function wait(topics: readonly Topic[]): Waiting {
    const waiter: Waiter = { inTurn: false, changed: new Set(), isRoused: false, since: null, wakeUp: null };
    for (const topic of topics) waiters.add(topic, waiter);
    return startWaiting(waiter, () => {
      for (const topic of topics) waiters.remove(topic, waiter);
    });
  }

  function waitInTurn(turns: readonly Topic[], others: readonly Topic[]): TurnWaiting {
    const waiter: Waiter = { inTurn: true, changed: new Set(), isRoused: false, since: null, wakeUp: null };
    let isFinished = false;
    for (const topic of others) waiters.add(topic, waiter);
    for (const topic of turns) lines.add(topic, waiter);
    const waiting = startWaiting(waiter, () => {
      for (const topic of others) waiters.remove(topic, waiter);
      for (const topic of turns) lines.remove(topic, waiter);
      for (const topic of turns) if (!isFinished || waiter.changed.has(topic)) wakeNext(topic);
    });
    return {
      ...waiting,
      finishTurn() {
        isFinished = true;
      },
    };
  }

  return {
    wait,
    waitInTurn,
    subscribe(topics, signal) {
      // At once, not when the reader asks for the first one: a change in between must not be lost.
      const waiting = wait(topics);
      const pace = createHintPace(clock, () => readers);
      return (async function* listen() {
        using changes = waiting;
        readers++;
        try {
          for (;;) {
            pace.add(await changes.next(pace.msToNext(), signal));
            if (ended || signal?.aborted) return;
            yield* pace.take();
          }
        } finally {
          readers--;
        }
      })();
    },
    countHints: () => hints,
    wake(topic) {
      hints++;
      for (const waiter of waiters.of(topic)) touch(waiter, topic);
      wakeNext(topic);
    },
    wakeAll() {
      hints++;
      for (const topic of waiters.topics())
        for (const waiter of waiters.of(topic)) if (!waiter.inTurn) touch(waiter, topic);
      for (const topic of lines.topics()) wakeNext(topic);
    },
    end() {
      ended = true;
      for (const group of [waiters, lines])
        for (const topic of group.topics()) for (const waiter of group.of(topic)) waiter.wakeUp?.();
    },
  };
}

/** Who waits for which topic, in the order in which they came. */
function createGroups() {
  const groups = new Map<Topic, Set<Waiter>>();
  return {
    topics: (): Topic[] => [...groups.keys()],
    of: (topic: Topic): Iterable<Waiter> => groups.get(topic) ?? [],
    add(topic: Topic, waiter: Waiter): void {
      const group = groups.get(topic);
      if (group) group.add(waiter);
      else groups.set(topic, new Set([waiter]));
    },
    remove(topic: Topic, waiter: Waiter): void {
      const group = groups.get(topic);
      group?.delete(waiter);
      if (group?.size === 0) groups.delete(topic);
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
  waiter.wakeUp = resolve;
  using _ = signal && onAbort(signal, resolve);
  await (timeoutMs === undefined ? promise : within(clock, timeoutMs, promise));
  waiter.wakeUp = null;
}
