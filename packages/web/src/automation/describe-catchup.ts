/**
 * Which missed ticks of a schedule are made up for, in a few words.
 *
 * @param value a `Catchup`, as the API gives it.
 */
export function describeCatchup(value: unknown): string {
  if (value === "skip") return "are skipped";
  if (typeof value === "object" && value !== null && "all" in value)
    return `the latest ${String(value.all)} are made up for`;
  return "the latest one is made up for";
}
