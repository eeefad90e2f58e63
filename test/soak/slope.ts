/** One value of a series, at some second of it. */
export interface Point {
  readonly seconds: number;
  readonly value: number;
  /** Of which process or thing it is: the next one may begin at another value. */
  readonly of: string;
}

/** How fast a series grows. */
export interface Slope {
  readonly perMinute: number;
  /** The standard error of `perMinute`. */
  readonly error: number;
}

/**
 * The slope of a series by least squares. Processes that follow each other share one slope and each have a beginning of their own,
 * so that a restart is no fall.
 *
 * @returns null for fewer than three points, or when none is apart from the others in time.
 */
export function fitSlope(points: readonly Point[]): Slope | null {
  const groups = [...Map.groupBy(points, ({ of }) => of).values()];
  let [xx, xy, yy] = [0, 0, 0];
  for (const group of groups) {
    const meanX = meanOf(group.map(({ seconds }) => seconds / 60));
    const meanY = meanOf(group.map(({ value }) => value));
    for (const { seconds, value } of group) {
      const [x, y] = [seconds / 60 - meanX, value - meanY];
      xx += x * x;
      xy += x * y;
      yy += y * y;
    }
  }
  const freedom = points.length - groups.length - 1;
  if (xx === 0 || freedom < 1) return null;
  const perMinute = xy / xx;
  const residual = Math.max(0, yy - perMinute * xy);
  return { perMinute, error: Math.sqrt(residual / freedom / xx) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
