import {
  Binary,
  Bool,
  DataType,
  Float64,
  Int64,
  Table,
  TimestampMillisecond,
  Utf8,
  vectorFromArray,
  type Vector,
} from "apache-arrow";

/** Rows of a table, as the IO managers of databases store them. */
type Row = Readonly<Record<string, unknown>>;

/**
 * The rows of an Arrow table one by one, for an asset that is stored as a table of a database. Dates and timestamps become
 * `Date`, decimals texts, nested values arrays and objects.
 *
 * @example
 * import { rowsOfTable, tableOfRows } from "millrace-arrow";
 *
 * const names = [...rowsOfTable(tableOfRows([{ name: "apple" }]))].map(({ name }) => name);
 */
export function* rowsOfTable(table: Table): Generator<Row, void, void> {
  const readers = table.schema.fields.map(({ name, type }) => [name, readerOf(type)] as const);
  for (const batch of table.batches) {
    const columns = readers.map(([name, read], index) => [name, read, batch.getChildAt(index)] as const);
    for (let row = 0; row < batch.numRows; row++) {
      yield Object.fromEntries(
        columns.map(([name, read, column]) => {
          const value: unknown = column?.get(row) ?? null;
          return [name, value === null ? null : read(value)];
        }),
      );
    }
  }
}

function readerOf(type: DataType): (value: unknown) => unknown {
  if (DataType.isTimestamp(type) || DataType.isDate(type)) return (value) => new Date(Number(value));
  if (DataType.isDecimal(type)) return (value) => decimalText(value as Uint32Array, type.scale);
  if (DataType.isDictionary(type)) return readerOf(type.dictionary as DataType);
  const isNested = DataType.isList(type) || DataType.isStruct(type) || DataType.isMap(type);
  return isNested ? (value) => (value as { toJSON(): unknown }).toJSON() : (value) => value;
}

/** A decimal's words, the lowest first, as its digits. */
function decimalText(words: Uint32Array, scale: number): string {
  let value = words.toReversed().reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  const bits = BigInt(words.length) * 32n;
  if (value >> (bits - 1n) === 1n) value -= 1n << bits;
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const sign = value < 0n ? "-" : "";
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * An Arrow table of rows: texts, numbers (doubles), bigints (64 bits), booleans, dates (milliseconds in UTC), bytes, null. What rows do
 * not have is null.
 *
 * @throws TypeError for a column that has values of several kinds, or of another one.
 */
export function tableOfRows(rows: readonly Row[]): Table {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return new Table(
    Object.fromEntries(
      [...names].map((name) => [
        name,
        columnOf(
          name,
          rows.map((row) => row[name] ?? null),
        ),
      ]),
    ),
  );
}

function columnOf(name: string, values: readonly unknown[]): Vector {
  const types = new Set(values.flatMap((value) => (value === null ? [] : [kindOf(name, value)])));
  const [kind = "string", other] = types;
  if (other !== undefined)
    throw new TypeError(`Column "${name}" has values of several kinds: ${kind}, ${other}`);
  return vectorFromArray([...values], KINDS[kind]());
}

const KINDS = {
  string: () => new Utf8(),
  number: () => new Float64(),
  bigint: () => new Int64(),
  boolean: () => new Bool(),
  date: () => new TimestampMillisecond("UTC"),
  bytes: () => new Binary(),
} as const;

function kindOf(name: string, value: unknown): keyof typeof KINDS {
  if (value instanceof Date) return "date";
  if (value instanceof Uint8Array) return "bytes";
  const type = typeof value;
  if (type === "string" || type === "number" || type === "bigint" || type === "boolean") return type;
  throw new TypeError(
    `Column "${name}" has ${type === "object" ? "an object" : `a ${type}`}: make a vector of it yourself`,
  );
}
