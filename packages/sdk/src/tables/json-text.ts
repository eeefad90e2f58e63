import { nameOf } from "./row-columns.ts";

/** A value within a cell that the column can not hold; whoever knows column and row says so with it. */
export class UnstorableValue extends Error {
  constructor(what: string, path = "") {
    super(path === "" ? what : `${what} at ${path}`);
  }
}

/**
 * A value as JSON, of which nothing is lost: a bigint is written with all its digits, and what JSON has no word for is
 * refused. Dates become texts.
 *
 * @param replace Gives words to what JSON has none for. Default: nothing has any.
 * @throws UnstorableValue for numbers that are none, bytes, maps, sets, functions and the like, anywhere within it.
 */
export function toJsonText(
  value: unknown,
  replace: (value: unknown) => string | undefined = () => undefined,
): string {
  const isPlain = checkJson(value, "", replace);
  if (isPlain) return JSON.stringify(value);
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "bigint" ? rawNumber(inner) : (replace(inner) ?? inner),
  );
}

/** Reads JSON; integers that a number can not hold become bigints. */
export function parseJsonText(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text) as unknown;
  const parse = JSON.parse as (text: string, reviver: ExactReviver) => unknown;
  return parse(text, (_key, value, context) => {
    if (typeof value !== "number" || Number.isSafeInteger(value) || !/^-?\d+$/.test(context?.source ?? ""))
      return value;
    return BigInt(context?.source ?? "");
  });
}

type ExactReviver = (
  this: unknown,
  key: string,
  value: unknown,
  /** The number's digits, which the types of JavaScript do not know yet. */
  context?: { readonly source?: string },
) => unknown;

function rawNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
}

/** Whether JSON has words for all of it. */
function checkJson(value: unknown, path: string, replace: (value: unknown) => string | undefined): boolean {
  const refuse = (): boolean => {
    if (replace(value) !== undefined) return false;
    throw new UnstorableValue(`${typeof value === "number" ? value : nameOf(value)} within JSON`, path);
  };
  switch (typeof value) {
    case "bigint":
      return false;
    case "number":
      return Number.isFinite(value) || refuse();
    case "string":
      if (!value.isWellFormed()) throw new UnstorableValue("half a character within JSON", path);
      return true;
    case "function":
    case "symbol":
      return refuse();
    case "object":
      break;
    default:
      return true;
  }
  if (value === null) return true;
  let isPlain = true;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      isPlain = checkJson(item, `${path}[${index}]`, replace) && isPlain;
    return isPlain;
  }
  const isLossy =
    value instanceof Map || value instanceof Set || ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
  if (isLossy || (value instanceof Date && Number.isNaN(value.getTime()))) return refuse();
  if ("toJSON" in value) return true;
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) throw new UnstorableValue("half a character within JSON", path);
    isPlain = checkJson(item, path === "" ? key : `${path}.${key}`, replace) && isPlain;
  }
  return isPlain;
}
