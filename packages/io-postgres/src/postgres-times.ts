const TIME =
  /^(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,3})\d*)?(?:([+-])(\d\d)(?::?(\d\d))?(?::?(\d\d))?)?)?( BC)?$/;

/**
 * Reads a date or timestamp as PostgreSQL writes it; without an offset it is in UTC.
 *
 * @returns A `Date`, ±Infinity, or null for a time that is too far away for either.
 */
export function parseTime(text: string): Date | number | null {
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  if (text === "-infinity") return Number.NEGATIVE_INFINITY;
  const parts = TIME.exec(text);
  if (!parts) return null;
  const at = (index: number): number => Number(parts[index] ?? 0);
  const year = parts[12] === undefined ? at(1) : 1 - at(1);
  const date = new Date(
    Date.UTC(2000, at(2) - 1, at(3), at(4), at(5), at(6), Number((parts[7] ?? "").padEnd(3, "0"))),
  );
  // `Date.UTC` takes years below 100 for those of the last century. The year 2000 has all days that any year has.
  date.setUTCFullYear(year, at(2) - 1, at(3));
  const offset = (parts[8] === "-" ? -1 : 1) * (at(9) * 3_600 + at(10) * 60 + at(11));
  const time = date.getTime() - offset * 1_000;
  return Math.abs(time) <= 8.64e15 ? new Date(time) : null;
}

/** A `Date` as PostgreSQL reads it. */
export function formatTime(date: Date): string {
  const year = date.getUTCFullYear();
  const iso = date.toISOString();
  if (year >= 1 && year <= 9_999) return iso;
  const [, rest = ""] = /^[+-]?\d+(-.*)Z$/.exec(iso) ?? [];
  const digits = String(year > 0 ? year : 1 - year).padStart(4, "0");
  return `${digits}${rest}Z${year > 0 ? "" : " BC"}`;
}
