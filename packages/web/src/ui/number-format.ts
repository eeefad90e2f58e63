const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** A number with separators between thousands: `3,000,000`; the larger it is, the fewer digits after the point. */
export function formatCount(value: number): string {
  const size = Math.abs(value);
  const maximumFractionDigits = size >= 1_000 ? 2 : size >= 1 ? 4 : 6;
  return new Intl.NumberFormat("en", { maximumFractionDigits }).format(value);
}

/** A size in powers of 1,000: `0 B`, `14.2 KB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `1 asset`, `2 assets`. */
export function formatQuantity(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
