import type { Clock } from "@millrace/model/time/clock";
import type { Topic } from "@millrace/model/topic";

/** Between two hints of one topic to one reader: each makes a page ask again for what it shows. */
const PAUSE_MS = 250;
/** The same with more readers than this in one process: what they ask then is what the process mostly does. */
const MANY_READERS = 50;
const PAUSE_OF_MANY_MS = 1_000;

/** Holds the hints of one reader back until they are due; those of one topic that come meanwhile are one. */
export interface HintPace {
  add(topics: Iterable<Topic>): void;
  /** The topics that are due, which then pause. */
  take(): Topic[];
  /** Milliseconds until the next one is due; undefined: nothing is held back. */
  msToNext(): number | undefined;
}

/** @param countReaders how many readers share the process now. */
export function createHintPace(clock: Pick<Clock, "monotonic">, countReaders: () => number): HintPace {
  const held = new Set<Topic>();
  const dueAt = new Map<Topic, number>();
  return {
    add(topics) {
      for (const topic of topics) held.add(topic);
    },
    take() {
      const now = clock.monotonic();
      const due = [...held].filter((topic) => (dueAt.get(topic) ?? now) <= now);
      const pause = countReaders() > MANY_READERS ? PAUSE_OF_MANY_MS : PAUSE_MS;
      for (const topic of due) {
        held.delete(topic);
        dueAt.set(topic, now + pause);
      }
      return due;
    },
    msToNext() {
      if (held.size === 0) return undefined;
      const now = clock.monotonic();
      return Math.max(0, Math.min(...[...held].map((topic) => (dueAt.get(topic) ?? now) - now)));
    },
  };
}
