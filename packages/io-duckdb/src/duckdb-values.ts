import {
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  DuckDBTimestampTZValue,
  HUGEINT,
  TIMESTAMPTZ,
  VARCHAR,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import { toJsonText, UnstorableValue, type ColumnKind, type FilledColumn } from "millrace/tables";

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

/** The type of new columns for bigints of more than eight bytes: sixteen. */
export const wideIntegerType = "HUGEINT";

const MIN_SIXTEEN_BYTES = -(2n ** 127n);
const MAX_SIXTEEN_BYTES = 2n ** 127n - 1n;

/** The types of columns that values pass through before they are cast to those of the table. */
export const stagedTypes: Readonly<Record<ColumnKind, DuckDBType>> = {
  text: VARCHAR,
  number: DOUBLE,
  bigint: HUGEINT,
  boolean: BOOLEAN,
  instant: TIMESTAMPTZ,
  bytes: BLOB,
  json: VARCHAR,
  null: VARCHAR,
};

/** A cell as the stage holds it. @throws UnstorableValue for one that no column can hold. */
export function toStaged(value: unknown, { kind, type }: FilledColumn): DuckDBValue {
  if (value === null) return null;
  switch (kind) {
    case "json":
      return type === "JSON" ? toJsonText(value) : toJsonText(value, textWithin);
    case "instant":
      return toInstant(value as Date | number);
    case "text":
      if (!(value as string).isWellFormed()) throw new UnstorableValue("half a character");
      return value as string;
    case "bigint":
      if ((value as bigint) < MIN_SIXTEEN_BYTES || (value as bigint) > MAX_SIXTEEN_BYTES)
        throw new UnstorableValue("a bigint of more than sixteen bytes");
      return value as bigint;
    case "bytes":
      return blobValue(value as Uint8Array);
    case "number":
    case "boolean":
    case "null":
      return value as DuckDBValue;
  }
}

function toInstant(value: Date | number): DuckDBTimestampTZValue {
  if (value === Number.POSITIVE_INFINITY) return DuckDBTimestampTZValue.PosInf;
  if (value === Number.NEGATIVE_INFINITY) return DuckDBTimestampTZValue.NegInf;
  return new DuckDBTimestampTZValue(BigInt((value as Date).getTime()) * 1_000n);
}

/** What JSON has no word for, as lists and the like read it. */
function textWithin(value: unknown): string | undefined {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : undefined;
}

/** The database's own number of the first row that a transaction has inserted. */
const FIRST_NEW_ROW = 36_028_797_018_960_000n;

/** What begins the message of a value that can not be cast. */
export const CAST_FAILURE = "millrace: ";

/**
 * The expression that makes a value of the table out of a staged one; it fails with `CAST_FAILURE`, the column, the row and the
 * value where the database would name none of them.
 *
 * @param offset The number of rows before those of the stage.
 */
export function castStaged(staged: string, column: FilledColumn, offset: number): string {
  const { kind, type, name } = column;
  if (type === "JSON") return kind === "json" ? `cast(${staged} as json)` : `to_json(${staged})`;
  const text = kind === "number" && /^(timestamp|date)/i.test(type) ? `cast(${staged} as varchar)` : staged;
  const source = kind === "json" ? `cast(${staged} as json)` : text;
  if (type === columnTypes[kind]) return source;
  const message = `'${CAST_FAILURE}column "${name.replaceAll("'", "''")}" of type ${type.replaceAll("'", "''")} can not hold '`;
  const value = `left(cast(${staged} as varchar), 80) || ', as in row ' || (rowid % ${FIRST_NEW_ROW} + ${offset})`;
  return `coalesce(try_cast(${source} as ${type}), case when ${staged} is not null then error(${message} || ${value}) end)`;
}
