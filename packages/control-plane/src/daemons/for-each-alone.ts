/**
 * Does something for each item, one after the other; what fails for one stops no other.
 *
 * @throws what failed first, when the last is done.
 */
export async function forEachAlone<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) await work(item).catch((error: unknown) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
}
