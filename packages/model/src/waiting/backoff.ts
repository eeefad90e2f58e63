/** How pauses between tries grow: doubling from the first one up to the longest. In milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Milliseconds to pause after that many failures in a row; 0 before the first one. */
export function backoffMs({ firstMs, longestMs }: Backoff, failures: number): number {
  return failures <= 0 ? 0 : Math.min(longestMs, firstMs * 2 ** (failures - 1));
}

/**
 * The same, scattered over the upper half of the pause, so that many who failed at the same instant don't return at the same
 * instant.
 *
 * @param random a number in [0, 1).
 */
export function scatteredBackoffMs(backoff: Backoff, failures: number, random: number): number {
  return backoffMs(backoff, failures) * (0.5 + random / 2);
}
