import type { Clock } from "@millrace/model/time/clock";
import { changeNameOf, type Topic } from "@millrace/model/topic";

/** Between two hints of one topic to one reader: each makes a page ask again for what it shows. */
const PAUSE_MS = 250;
/** The same of one run, its output, or one piece of work: few watch it, and what they wait for is its next word. */
const PAUSE_OF_ONE_MS = 50;
/** With more readers than this in one process, what they ask is what it mostly does: pauses are longer then. */
const MANY_READERS = 50;
const LONGER = 4;

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
      const factor = countReaders() > MANY_READERS ? LONGER : 1;
      for (const topic of due) {
        held.delete(topic);
        // Pauses end at the same instants for all readers: what they ask then is answered once.
        const pause = factor * pauseOf(topic);
        dueAt.set(topic, (Math.floor(now / pause) + 1) * pause);
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

function pauseOf(topic: Topic): number {
  return changeNameOf(topic).includes(":") ? PAUSE_OF_ONE_MS : PAUSE_MS;
}
