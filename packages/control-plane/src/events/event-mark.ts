/**
 * How far the events of a table are seen, whose ids are given before their transactions commit: an id may become visible after higher
 * ones. All up to `low` are seen; above it, those in `seen`. Once every transaction has ended that was there when `high` was the newest
 * event, nothing up to `high` can become visible any more.
 */
export interface EventMark {
  readonly low: number;
  readonly high: number;
  /** A transaction id above all that were given when `high` was read. */
  readonly horizon: number;
  readonly seen: readonly number[];
}

/** What one reading of a table found above `low`. */
export interface EventReading {
  readonly ids: readonly number[];
  /** The oldest transaction that was under way before the reading. */
  readonly oldest: number;
  /** A transaction id above all that were given at the reading. */
  readonly next: number;
}

/**
 * Counts all events up to one as seen. Some may become visible later, until every transaction below the horizon has ended.
 *
 * @param newest the newest event that is visible.
 * @param next as in `EventReading`.
 */
export function markUpTo(newest: number, next: number): EventMark {
  return { low: newest, high: newest, horizon: next, seen: [] };
}

/** The mark after a reading, and which of its events are new. */
export function advanceMark(
  mark: EventMark,
  { ids, oldest, next }: EventReading,
): { readonly mark: EventMark; readonly fresh: ReadonlySet<number> } {
  const known = new Set(mark.seen);
  const fresh = new Set(ids.filter((id) => !known.has(id)));
  const isSettled = oldest >= mark.horizon;
  if (fresh.size === 0 && (!isSettled || mark.low === mark.high)) return { mark, fresh };
  const low = isSettled ? mark.high : mark.low;
  const high = ids.reduce((most, id) => Math.max(most, id), low);
  // While older ones are awaited, the horizon stays: else a steady stream of events would move it on for ever.
  const settles = isSettled ? { high, horizon: next } : { high: mark.high, horizon: mark.horizon };
  return { mark: { low, ...settles, seen: ids.filter((id) => id > low) }, fresh };
}
