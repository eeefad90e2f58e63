/**
 * Readers for the part of an address after `?`. What is missing or malformed is left out, so that an old or mistyped link
 * still opens its page.
 */
type Search = Readonly<Record<string, unknown>>;

/** A text that is not empty. Numbers count as text: the router reads `?job=7` as a number. */
export function textOf<Key extends string>(key: Key, search: Search): { readonly [K in Key]?: string } {
  const value = search[key];
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text !== "" ? only(key, text) : {};
}

/** One of a closed set. */
export function oneOf<Key extends string, Value extends string>(
  key: Key,
  search: Search,
  values: readonly Value[],
): { readonly [K in Key]?: Value } {
  const found = values.find((value) => value === search[key]);
  return found === undefined ? {} : only(key, found);
}

/** Several of a closed set, or several texts. */
export function listOf<Key extends string, Value extends string = string>(
  key: Key,
  search: Search,
  values?: readonly Value[],
): { readonly [K in Key]?: readonly Value[] } {
  const given: readonly unknown[] = Array.isArray(search[key]) ? search[key] : [search[key]];
  const list = given.filter(
    (value): value is Value =>
      typeof value === "string" &&
      value !== "" &&
      (values === undefined || values.some((each) => each === value)),
  );
  return list.length === 0 ? {} : only(key, list);
}

/** A whole number from 0 on. */
export function wholeNumberOf<Key extends string>(
  key: Key,
  search: Search,
): { readonly [K in Key]?: number } {
  const value = search[key];
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? only(key, value) : {};
}

function only<Key extends string, Value>(key: Key, value: Value): { readonly [K in Key]?: Value } {
  return { [key]: value } as { readonly [K in Key]?: Value };
}
