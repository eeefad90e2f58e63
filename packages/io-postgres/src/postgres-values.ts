import type { ColumnKind, ExpressionKind, FilledColumn, TableRow } from "millrace/tables";
import { TypeOverrides } from "pg";

/** The types of new columns. A column of which no value is known yet gets another type when its first one comes. */
export const columnTypes: Readonly<Record<ColumnKind, string>> = {
  text: "text",
  number: "double precision",
  bigint: "bigint",
  boolean: "boolean",
  instant: "timestamp with time zone",
  bytes: "bytea",
  json: "jsonb",
  null: "text",
};

/** Numbers of types that never change. */
const TYPE = {
  bigint: 20,
  text: 25,
  char: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  instant: 1184,
  numeric: 1700,
} as const;
const INSTANTS: readonly number[] = [TYPE.instant];
const WALL_TIMES: readonly number[] = [TYPE.timestamp, TYPE.date];
const TEXTS: readonly number[] = [TYPE.text, TYPE.varchar, TYPE.char];

/** How an expression whose type has this number compares. */
export function kindOfType(type: number): ExpressionKind {
  if (INSTANTS.includes(type)) return "instant";
  if (WALL_TIMES.includes(type)) return "wall";
  return TEXTS.includes(type) ? "text" : "other";
}

/**
 * How values become JavaScript's: unlike the driver's own ways, every digit of a bigint is kept, times without a zone are
 * taken as UTC, and decimal numbers are numbers.
 */
export const readTypes = new TypeOverrides();
readTypes.setTypeParser(TYPE.bigint, (text: string) => BigInt(text));
readTypes.setTypeParser(TYPE.numeric, (text: string) => Number(text));
readTypes.setTypeParser(TYPE.timestamp, (text: string) => new Date(`${text.replace(" ", "T")}Z`));
readTypes.setTypeParser(TYPE.date, (text: string) => new Date(`${text}T00:00:00Z`));

/** A row's value for a column as JSON from which PostgreSQL reads it. */
export function toJsonValue(row: TableRow, { name, kind, type }: FilledColumn): unknown {
  const value = row[name] ?? null;
  if (value === null) return null;
  if (/^jsonb?$/.test(type)) return value;
  switch (kind) {
    case "bigint":
      return String(value);
    case "number":
      // JSON has no NaN, no infinity and no negative zero; as text PostgreSQL reads all of them.
      if (Object.is(value, -0)) return "-0";
      return Number.isFinite(value) ? value : String(value);
    case "bytes":
      return `\\x${Buffer.from(value as Uint8Array).toString("hex")}`;
    default:
      return value;
  }
}
