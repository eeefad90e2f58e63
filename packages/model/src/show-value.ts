/** A value that was refused, as its author would write it: a text stands in quotes, so that "3" is not taken for 3. */
export function showValue(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
