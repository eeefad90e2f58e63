import type { RowColumn } from "./row-columns.ts";
import type { ColumnKind } from "./column-kind.ts";

/** Families of column types, by how their names begin in SQL. Of any other type the database decides what it takes. */
const FAMILIES = {
  text: /^(text|(var|bp)?char|character|string|citext|name\b)/i,
  integer: /^u?(tiny|small|big|huge)?int/i,
  exact: /^(numeric|decimal)/i,
  float: /^(double|real|float)/i,
  boolean: /^bool/i,
  time: /^(timestamp|date)/i,
  bytes: /^(bytea|blob|binary|varbinary)/i,
  json: /^jsonb?$/i,
} as const;
type Family = keyof typeof FAMILIES;

const FITTING: Readonly<Record<Exclude<ColumnKind, "null">, readonly (Family | "other")[]>> = {
  // Dates, UUIDs, enums and the like are written as texts.
  text: ["text", "time", "json", "other"],
  number: ["float", "exact", "integer", "json"],
  bigint: ["integer", "exact"],
  boolean: ["boolean", "json"],
  instant: ["time"],
  bytes: ["bytes"],
  json: ["json", "other"],
};

/** Whether a column of this type takes the values without changing them. Nothing at all fits everywhere. */
export function fitsColumn({ kind, isInteger }: RowColumn, type: string): boolean {
  if (kind === "null") return true;
  const family = familyOf(type);
  if (kind === "number" && family === "integer" && !isInteger) return false;
  return FITTING[kind].includes(family);
}

function familyOf(type: string): Family | "other" {
  // Arrays are a type of their own, whatever their items are.
  if (type.endsWith("]")) return "other";
  const families = Object.entries(FAMILIES) as [Family, RegExp][];
  return families.find(([, pattern]) => pattern.test(type))?.[0] ?? "other";
}
