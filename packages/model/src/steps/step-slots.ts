import { createPriorityQueue, type PriorityQueue } from "./priority-queue.ts";

/** How many steps with a tag may run at once. */
export interface StepTagLimit {
  readonly key: string;
  /** Only steps whose tag has this value count. Default: every value. */
  readonly value?: string;
  /** Each value has its own limit. Default: all values share one. */
  readonly perUniqueValue?: boolean;
  readonly limit: number;
}

/** How many steps of a run may run at once. */
export interface StepLimits {
  /** Default: no limit. */
  readonly maxConcurrent?: number;
  readonly tagLimits?: readonly StepTagLimit[];
}

interface Slot<T> {
  readonly limit: number;
  used: number;
  readonly waiting: PriorityQueue<T>;
}

/** The slots of one run: whoever finds none free waits at the one that is full, and is woken when it has room. */
export interface StepSlots<T> {
  /** Whether a step may start as far as `maxConcurrent` goes. */
  hasRoom(): boolean;
  /** Takes the step's slots, or sets the step aside until they may be free and returns false. */
  take(step: T): boolean;
  /** Gives the slots back. Steps that may start now are handed to `wake`. */
  giveBack(step: T): void;
}

/** Creates the slots of a run. `wake` receives steps that were set aside and should be tried again. */
export function createStepSlots<T extends { readonly tags: Readonly<Record<string, string>> }>(
  limits: StepLimits,
  isBefore: (a: T, b: T) => boolean,
  wake: (step: T) => void,
): StepSlots<T> {
  const max = limits.maxConcurrent ?? Infinity;
  const tagLimits = limits.tagLimits ?? [];
  for (const limit of [max, ...tagLimits.map((tagLimit) => tagLimit.limit)])
    if (!(limit >= 1)) throw new RangeError(`A limit of ${limit} would never let a step start`);
  const slots = new Map<string, Slot<T>>();
  const slotsOfStep = new Map<T, readonly Slot<T>[]>();
  let running = 0;

  const slotsFor = (step: T): readonly Slot<T>[] => {
    if (tagLimits.length === 0) return [];
    let found = slotsOfStep.get(step);
    if (!found) {
      found = tagLimits.flatMap((tagLimit, index) => {
        const value = step.tags[tagLimit.key];
        if (value === undefined || (tagLimit.value !== undefined && tagLimit.value !== value)) return [];
        const name = tagLimit.perUniqueValue ? `${index}:${value}` : `${index}`;
        let slot = slots.get(name);
        if (!slot)
          slots.set(
            name,
            (slot = { limit: tagLimit.limit, used: 0, waiting: createPriorityQueue(isBefore) }),
          );
        return [slot];
      });
      slotsOfStep.set(step, found);
    }
    return found;
  };
  /** A step that was woken may have gone to wait elsewhere, so every slot with room wakes its next one. */
  const wakeNext = (slot: Slot<T>): void => {
    const next = slot.used < slot.limit ? slot.waiting.pop() : undefined;
    if (next) wake(next);
  };
  return {
    hasRoom: () => running < max,
    take(step) {
      const needed = slotsFor(step);
      const full = needed.find((slot) => slot.used >= slot.limit);
      if (full) {
        full.waiting.push(step);
        for (const slot of needed) if (slot !== full) wakeNext(slot);
        return false;
      }
      running++;
      for (const slot of needed) {
        slot.used++;
        wakeNext(slot);
      }
      return true;
    },
    giveBack(step) {
      running--;
      for (const slot of slotsFor(step)) {
        slot.used--;
        wakeNext(slot);
      }
    },
  };
}
