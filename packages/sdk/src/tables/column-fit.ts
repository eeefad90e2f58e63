import type { RowColumn } from "./row-columns.ts";
import type { ColumnKind } from "./column-kind.ts";

/** Families of column types, by their names in SQL. Of any other type the database decides what it takes. */
const FAMILIES = {
  text: /^(text|(var|bp)?char|character|string|citext|name)\b/i,
  integer: /^(u?(tiny|small|big|huge)?int([1248]|eger)?|(small|big)?serial)\b/i,
  exact: /^(numeric|decimal)\b/i,
  float: /^(double|real|float[48]?)\b/i,
  boolean: /^bool(ean)?\b/i,
  time: /^(timestamp(tz|_s|_ms|_ns)?|date(time)?)\b/i,
  bytes: /^(bytea|blob|bytes|(var)?binary)\b/i,
  json: /^jsonb?$/i,
} as const;
type Family = keyof typeof FAMILIES;

/** Integer types that hold more than eight bytes with a sign do. */
const WIDE = /^(u?huge|ubig)int\b/i;

const FITTING: Readonly<Record<Exclude<ColumnKind, "null">, readonly (Family | "other")[]>> = {
  // Dates, UUIDs, enums and the like are written as texts, and so are decimals of more digits than numbers have.
  text: ["text", "time", "exact", "json", "other"],
  number: ["float", "exact", "integer", "json", "other"],
  bigint: ["integer", "exact", "json", "other"],
  boolean: ["boolean", "json", "other"],
  instant: ["time", "other"],
  bytes: ["bytes", "other"],
  json: ["json", "other"],
};

/** Whether a column of this type takes the values without changing them. Nothing at all fits everywhere. */
export function fitsColumn({ kind, isInteger, isWide, isInfinite }: RowColumn, type: string): boolean {
  if (kind === "null") return true;
  const family = familyOf(type);
  if (kind === "number" && family === "integer" && !isInteger) return false;
  if (kind === "bigint" && family === "integer" && isWide) return WIDE.test(type);
  if (kind === "number" && family === "time") return isInfinite;
  return FITTING[kind].includes(family);
}

function familyOf(type: string): Family | "other" {
  // Arrays are a type of their own, whatever their items are.
  if (type.endsWith("]")) return "other";
  const families = Object.entries(FAMILIES) as [Family, RegExp][];
  return families.find(([, pattern]) => pattern.test(type))?.[0] ?? "other";
}
