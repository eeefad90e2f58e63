/** Notices that a daemon was away from a place for so long that what fell due meanwhile may be its own fault. */
export interface Absence {
  /** Whether it was away before this tick. @param now milliseconds that pass, see `Clock.monotonic`. */
  wasAway(place: string, now: number): boolean;
  /** The tick went well: the next one counts from here. */
  wasHere(place: string, now: number): void;
}

/**
 * Time in which the control plane or its database was away does not count against those whom nobody could hear: the first tick
 * at a place, and one that comes more than `longestMs` after the last that went well, begin with fresh leases.
 */
export function createAbsence(longestMs: number): Absence {
  const lastHere = new Map<string, number>();
  return {
    wasAway: (place, now) => now - (lastHere.get(place) ?? -Infinity) > longestMs,
    wasHere: (place, now) => void lastHere.set(place, now),
  };
}
