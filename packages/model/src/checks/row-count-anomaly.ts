/** How far a count may be from former ones. */
export interface RowCountTolerance {
  /** Former counts without which nothing is said. */
  readonly leastHistory: number;
  /** Typical deviations from the median within which a count is expected. */
  readonly deviations: number;
  /** A part of the median within which a count is expected whatever the deviations: 0.1 for 10 %. */
  readonly leastChange: number;
}

/** Between which counts one is expected, bounds included. */
export interface ExpectedCounts {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** What the median of absolute deviations is multiplied with to be the standard deviation, were the counts distributed normally. */
const TO_STANDARD_DEVIATION = 1.4826;

/**
 * The counts that former ones let one expect: their median, and around it so many times their median absolute deviation. Half of
 * the former counts may be as odd as they like and change little; counts that grow steadily spread the bounds along with them.
 *
 * @returns null while there are too few.
 */
export function expectRowCount(
  former: readonly number[],
  { leastHistory, deviations, leastChange }: RowCountTolerance,
): ExpectedCounts | null {
  if (former.length === 0 || former.length < leastHistory) return null;
  const median = medianOf(former);
  const deviation = TO_STANDARD_DEVIATION * medianOf(former.map((count) => Math.abs(count - median)));
  const reach = Math.max(deviations * deviation, leastChange * median);
  return { median, lowest: Math.max(0, median - reach), highest: median + reach };
}

function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0;
  return (lower + upper) / 2;
}
