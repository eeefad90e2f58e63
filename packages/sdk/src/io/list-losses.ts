/** Values that are looked at, places that are named, and items of a list or fields of an object that are looked at. */
const MAX_VISITED = 5_000;
const MAX_NAMED = 5;
const MAX_ITEMS = 1_000;

/** What a format does to one value without failing, as the end of a sentence; null: it keeps it. */
export type ExplainLoss = (value: unknown) => string | null;

/**
 * What of a value a format would not keep, as sentences that name the place. Looks at the beginning of a large value only, and
 * never throws.
 */
export function listLosses(value: unknown, explain: ExplainLoss): readonly string[] {
  const losses: string[] = [];
  const seen = new Set<unknown>();
  const pending: [place: string, value: unknown][] = [["the value", value]];
  for (let visited = 0; visited < MAX_VISITED && losses.length < MAX_NAMED; visited++) {
    const next = pending.pop();
    if (next === undefined) break;
    const [place, item] = next;
    const loss = explain(item);
    if (loss !== null) losses.push(`${place} ${loss}`);
    if (typeof item !== "object" || item === null || seen.has(item)) continue;
    seen.add(item);
    pending.push(...listInner(place, item).toReversed());
  }
  return losses;
}

function listInner(place: string, value: object): [string, unknown][] {
  const of = (key: unknown): string => (place === "the value" ? String(key) : `${place}.${String(key)}`);
  if (Array.isArray(value))
    return value
      .slice(0, MAX_ITEMS)
      .map((item, index) => [`${place === "the value" ? "" : place}[${index}]`, item]);
  if (value instanceof Map) return [...value].slice(0, MAX_ITEMS).map(([key, item]) => [of(key), item]);
  if (value instanceof Set) return [...value].slice(0, MAX_ITEMS).map((item) => [`${place} (an item)`, item]);
  if (ArrayBuffer.isView(value) || value instanceof Date) return [];
  // Getters are asked when the value is stored; here they would be asked twice.
  return Object.entries(Object.getOwnPropertyDescriptors(value))
    .slice(0, MAX_ITEMS)
    .flatMap(([key, { value: item, enumerable }]): [string, unknown][] =>
      enumerable ? [[of(key), item]] : [],
    );
}

/** What the structured clone algorithm loses of a value. */
export function explainCloneLoss(value: unknown): string | null {
  const name = findOwnClass(value);
  return name && `is a ${name}: its class with its methods is not stored, only its fields`;
}

/** What JSON loses of a value. */
export function explainJsonLoss(value: unknown): string | null {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? null : `is ${value}: it comes back as null`;
    case "function":
    case "symbol":
      return `is a ${typeof value}: it is left out`;
    case "object":
      return value === null ? null : explainObjectLoss(value);
    default:
      return null;
  }
}

function explainObjectLoss(value: object): string | null {
  if (value instanceof Date)
    return Number.isNaN(value.getTime())
      ? "is an invalid date: it comes back as null"
      : "is a date: it comes back as a text";
  if ("toJSON" in value && typeof value.toJSON === "function") return null;
  if (value instanceof Map || value instanceof Set)
    return `is a ${value instanceof Map ? "Map" : "Set"}: it comes back as {}`;
  if (ArrayBuffer.isView(value)) return "is a typed array: it comes back as an object";
  return explainCloneLoss(value);
}

/** The name of the class of an object that is neither plain nor of the language itself. */
function findOwnClass(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (Object.prototype.toString.call(value) !== "[object Object]") return null;
  const prototype = Object.getPrototypeOf(value) as {
    readonly constructor?: { readonly name?: string };
  } | null;
  const name = prototype?.constructor?.name;
  return prototype === null || name === undefined || name === "Object" || name === "" ? null : name;
}
