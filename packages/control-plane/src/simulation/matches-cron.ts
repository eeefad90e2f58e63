/**
 * Whether a cron expression of plain fields (`*`, a number, a range, or a step of all) matches a minute of UTC. Simple enough to be seen
 * to be right: simulations hold the product's cron against it.
 *
 * @param instant milliseconds since the epoch.
 */
export function matchesCron(cron: string, instant: number): boolean {
  const date = new Date(instant);
  const values = [
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth() + 1,
    date.getUTCDay(),
  ];
  return cron.split(" ").every((field, index) => matchesField(field, values[index] ?? 0));
}

function matchesField(field: string, value: number): boolean {
  if (field === "*") return true;
  if (field.startsWith("*/")) return value % Number(field.slice(2)) === 0;
  const [from = 0, to = from] = field.split("-").map(Number);
  return from <= value && value <= to;
}
