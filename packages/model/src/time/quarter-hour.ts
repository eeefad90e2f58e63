const QUARTER_MS = 15 * 60_000;

/**
 * Whether two times, in milliseconds since 1970, lie in the same quarter of an hour. Then the date and the hour are the same too, in every
 * time zone: the clocks of the world differ by quarters of an hour.
 */
export function isSameQuarterHour(one: number, other: number): boolean {
  return Math.floor(one / QUARTER_MS) === Math.floor(other / QUARTER_MS);
}
