/**
 * What a plain object holds under a name that somebody else chose: never what every object has, such as `constructor`.
 *
 * @returns undefined when there is nothing.
 */
export function findOwn<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
