import { isTimePartitions, type PartitionsDefinition } from "../partitions/definition.ts";
import { listDimensions } from "../partitions/multi-key.ts";
import { nextWindowChange, windowGrid } from "../partitions/window-grid.ts";

/**
 * What an evaluation notes about what it read, to tell whether the next one could come to anything else: it is a function of
 * these answers and of its cursor, so that as long as all stay the same there is no need to ask again.
 */
export interface RestNotes {
  /** It saw something that the next evaluation will not see again: an update, a tick of a clock, a request. */
  sawNews: boolean;
  /** The first instant at which time alone changes an answer, milliseconds since the epoch. */
  until: number;
  /** Keys of the assets that it asked about. */
  readonly looksAt: Set<string>;
}

export function startRestNotes(): RestNotes {
  return { sawNews: false, until: Infinity, looksAt: new Set() };
}

/** Time alone changes an answer at this instant; null: it never does. */
export function noteChangeAt(restNotes: RestNotes, instant: number | null): void {
  if (instant !== null && instant < restNotes.until) restNotes.until = instant;
}

/** Which partitions exist was asked: more do when the next window has ended. */
export function notePartitions(
  restNotes: RestNotes,
  partitions: PartitionsDefinition | null,
  now: number,
): void {
  if (partitions === null) return;
  const singles =
    partitions.type === "multi" ? listDimensions(partitions).map(([, single]) => single) : [partitions];
  for (const single of singles)
    if (isTimePartitions(single)) noteChangeAt(restNotes, nextWindowChange(windowGrid(single), now));
}
