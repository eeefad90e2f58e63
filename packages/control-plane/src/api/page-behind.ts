/** One page of a list of keys behind `after`; from the start when there is no such key (any more). */
export function pageBehind<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  after: string | null,
  limit: number,
): T[] {
  const start = after === null ? 0 : items.findIndex((item) => keyOf(item) === after) + 1;
  return items.slice(start, start + limit);
}
