/** How deep, how many items of a list or object, and how many characters are shown. */
const MAX_DEPTH = 4;
const MAX_ITEMS = 30;
const MAX_TEXT = 2_000;

/**
 * Any value as a short text, as a console would show it. Never throws, whatever getters and proxies do, and never calls what
 * a value defines about itself.
 */
export function renderValue(value: unknown): string {
  const text = render(value, 0);
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}

/** A field of a value, or undefined when asking for it throws. */
export function readField(value: object, name: PropertyKey): unknown {
  return orElse(() => Reflect.get(value, name) as unknown, undefined);
}

/** The names of the fields that a value has itself; none when asking throws. */
export function listFields(value: object): readonly string[] {
  return orElse(() => Object.keys(value), []);
}

/** A value as a list, or null when it is none. */
export function readList(value: unknown): readonly unknown[] | null {
  return orElse(() => (Array.isArray(value) ? (value as readonly unknown[]) : null), null);
}

/** The name of a value's class, or null for one without. */
export function findClassName(value: object): string | null {
  const made = orElse(
    () => (Reflect.get(value, "constructor") as { readonly name?: unknown } | undefined)?.name,
    null,
  );
  return typeof made === "string" && made !== "" && made !== "Object" ? made : null;
}

/** What an operation gives, or something else when it throws. */
export function orElse<T>(operation: () => T, otherwise: T): T {
  try {
    return operation();
  } catch {
    return otherwise;
  }
}

function render(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object":
      return value === null
        ? "null"
        : orElse(() => renderObject(value, depth), "an object that can't be read");
    default:
      return String(value);
  }
}

function renderObject(value: object, depth: number): string {
  if (depth >= MAX_DEPTH) return "…";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : value.toISOString();
  if (Array.isArray(value)) return `[${renderItems(value, (item) => render(item, depth + 1))}]`;
  const name = findClassName(value);
  const label = name === null ? "" : `${name} `;
  if (value instanceof Map)
    return `${label}{${renderItems([...value], ([key, item]) => `${render(key, depth + 1)} => ${render(item, depth + 1)}`)}}`;
  if (value instanceof Set) return `${label}{${renderItems([...value], (item) => render(item, depth + 1))}}`;
  const fields = [...listFields(value), ...FIELDS_OF_RESPONSES.filter((field) => field in value)];
  return `${label}{${renderItems([...new Set(fields)], (field) => `${field}: ${render(readField(value, field), depth + 1)}`)}}`;
}

/** What tells the responses of `fetch` apart; they have it in getters, which are not listed. */
const FIELDS_OF_RESPONSES = ["status", "statusText", "url"];

function renderItems<T>(items: readonly T[], renderItem: (item: T) => string): string {
  const shown = items.slice(0, MAX_ITEMS).map(renderItem);
  const more = items.length - shown.length;
  return [...shown, ...(more > 0 ? [`… ${more} more`] : [])].join(", ");
}
