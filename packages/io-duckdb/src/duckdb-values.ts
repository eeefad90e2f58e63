import { DuckDBTimestampTZValue, type DuckDBAppender } from "@duckdb/node-api";
import type { ColumnKind, FilledColumn, TableRow } from "millrace/tables";

/** The types of new columns. A column of which no value is known yet gets another type when its first one comes. */
export const columnTypes: Readonly<Record<ColumnKind, string>> = {
  text: "VARCHAR",
  number: "DOUBLE",
  bigint: "BIGINT",
  boolean: "BOOLEAN",
  instant: "TIMESTAMP WITH TIME ZONE",
  bytes: "BLOB",
  json: "JSON",
  null: "VARCHAR",
};

/** The types of columns that values pass through before they are cast to those of the table. */
export const stagedTypes: Readonly<Record<ColumnKind, string>> = {
  ...columnTypes,
  bigint: "HUGEINT",
  json: "VARCHAR",
};

/** Appends a row's value for a column to the stage. */
export function appendValue(appender: DuckDBAppender, row: TableRow, { name, kind }: FilledColumn): void {
  const value = row[name] ?? null;
  if (value === null) return appender.appendNull();
  switch (kind) {
    case "text":
      return appender.appendVarchar(value as string);
    case "number":
      return appender.appendDouble(value as number);
    case "bigint":
      return appender.appendHugeInt(value as bigint);
    case "boolean":
      return appender.appendBoolean(value as boolean);
    case "instant":
      return appender.appendTimestampTZ(
        new DuckDBTimestampTZValue(BigInt((value as Date).getTime()) * 1_000n),
      );
    case "bytes":
      return appender.appendBlob(value as Uint8Array);
    case "json":
      return appender.appendVarchar(JSON.stringify(value));
    case "null":
      return appender.appendNull();
  }
}

/** The expression that makes a value of the table out of a staged one. */
export function castStaged(staged: string, { kind, type }: FilledColumn): string {
  if (kind === "json")
    return type === "JSON" ? `cast(${staged} as json)` : `cast(cast(${staged} as json) as ${type})`;
  if (type === "JSON") return `to_json(${staged})`;
  return `cast(${staged} as ${type})`;
}
