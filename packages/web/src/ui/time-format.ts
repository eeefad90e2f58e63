/** How long ago an instant was, in one unit: `now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`; ahead: `in 5 min`. */
export function formatAge(instant: Date, now: Date): string {
  const ms = now.getTime() - instant.getTime();
  const age = formatRoughly(Math.abs(ms));
  if (age === null) return "now";
  return ms >= 0 ? `${age} ago` : `in ${age}`;
}

/** The exact local time with its zone, for hovering: `2026-03-04 05:06:07.089 GMT+1`. */
export function formatExact(instant: Date): string {
  const zone = new Intl.DateTimeFormat("en", { timeZoneName: "short" })
    .formatToParts(instant)
    .find((part) => part.type === "timeZoneName");
  return `${formatDay(instant)} ${formatClock(instant)} ${zone?.value ?? ""}`.trim();
}

/** An instant where there is little room, to the second: `05:06:07` today, `2026-03-04 05:06:07` on another day. */
export function formatMoment(instant: Date, now: Date): string {
  const time = formatClock(instant).slice(0, "05:06:07".length);
  return formatDay(instant) === formatDay(now) ? time : `${formatDay(instant)} ${time}`;
}

/** The time of day to the millisecond: `05:06:07.089`. */
export function formatClock(instant: Date): string {
  return `${two(instant.getHours())}:${two(instant.getMinutes())}:${two(instant.getSeconds())}.${String(instant.getMilliseconds()).padStart(3, "0")}`;
}

function formatDay(instant: Date): string {
  return `${instant.getFullYear()}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}`;
}

function formatRoughly(ms: number): string | null {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 2) return null;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
