const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/**
 * The minutes of UTC that a cron expression of plain fields (`*`, a number, a range, or a step of all) matches, after one instant
 * and up to another. Simple enough to be seen to be right: simulations hold the product's cron against it.
 *
 * @param after milliseconds since the epoch, as all instants here.
 */
export function listCronTimes(cron: string, after: number, upTo: number): number[] {
  const [minutes = "", hours = "", days = "", months = "", weekdays = ""] = cron.split(" ");
  const times: number[] = [];
  for (let hour = Math.floor(after / HOUR_MS) * HOUR_MS; hour <= upTo; hour += HOUR_MS) {
    const date = new Date(hour);
    const isIncluded =
      matchesField(hours, date.getUTCHours()) &&
      matchesField(days, date.getUTCDate()) &&
      matchesField(months, date.getUTCMonth() + 1) &&
      matchesField(weekdays, date.getUTCDay());
    if (!isIncluded) continue;
    for (let minute = 0; minute < 60; minute++) {
      const time = hour + minute * MINUTE_MS;
      if (time > after && time <= upTo && matchesField(minutes, minute)) times.push(time);
    }
  }
  return times;
}

function matchesField(field: string, value: number): boolean {
  if (field === "*") return true;
  if (field.startsWith("*/")) return value % Number(field.slice(2)) === 0;
  const [from = 0, to = from] = field.split("-").map(Number);
  return from <= value && value <= to;
}
