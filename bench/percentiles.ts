/** Median and 95th percentile of samples, to a tenth. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

/** Percentiles by linear interpolation between the two nearest samples. */
export function percentiles(samples: readonly number[]): Percentiles {
  const sorted = samples.toSorted((a, b) => a - b);
  return { p50: at(sorted, 0.5), p95: at(sorted, 0.95) };
}

/** Median and 99th percentile of samples, to a tenth. */
export function percentilesOf(samples: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  return { p50: at(sorted, 0.5), p99: at(sorted, 0.99) };
}

function at(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? low;
  return Math.round((low + (high - low) * (place - Math.floor(place))) * 10) / 10;
}

/** The median of samples in milliseconds, as seconds to a thousandth. */
export function medianSeconds(milliseconds: readonly number[]): number {
  return Math.round(percentiles(milliseconds).p50) / 1_000;
}
