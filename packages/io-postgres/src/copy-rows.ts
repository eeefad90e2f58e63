import {
  cellOf,
  InvalidTableValue,
  toJsonText,
  UnstorableValue,
  type FilledColumn,
  type RowBatch,
  type TableRow,
} from "millrace/tables";
import { formatArray, type ReadValue } from "./postgres-arrays.ts";
import { formatTime } from "./postgres-times.ts";

/** Characters of a piece of rows that goes to the database at once. */
const PIECE = 65_536;

/** Rows in the text format of COPY, piece by piece. @throws InvalidTableValue for a value that no column can hold. */
export async function* writeRows(what: string, batches: AsyncIterable<RowBatch>): AsyncGenerator<Buffer> {
  let lines: string[] = [];
  let size = 0;
  for await (const { rows, offset, columns } of batches) {
    for (const [index, row] of rows.entries()) {
      const line = writeRow(what, row, offset + index, columns);
      lines.push(line);
      size += line.length;
      if (size < PIECE) continue;
      yield Buffer.from(lines.join(""));
      lines = [];
      size = 0;
    }
  }
  if (lines.length > 0) yield Buffer.from(lines.join(""));
}

function writeRow(what: string, row: TableRow, index: number, columns: readonly FilledColumn[]): string {
  let line = "";
  for (const [place, column] of columns.entries()) {
    const value = cellOf(row, column);
    if (place > 0) line += "\t";
    if (value === null) {
      line += String.raw`\N`;
      continue;
    }
    try {
      const text = writeValue(value, column.type);
      line += /[\\\n\r\t]/.test(text)
        ? text.replaceAll(/[\\\n\r\t]/g, (sign) => ESCAPES[sign] ?? sign)
        : text;
    } catch (error) {
      if (!(error instanceof UnstorableValue)) throw error;
      throw new InvalidTableValue(
        `${what}: no column can hold ${error.message}, as in "${column.spellings[0] ?? column.name}" of row ${index}`,
        { cause: error },
      );
    }
  }
  return `${line}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": String.raw`\\`,
  "\n": String.raw`\n`,
  "\r": String.raw`\r`,
  "\t": String.raw`\t`,
};

/** A value as the database reads it for a column of this type: as text for every type, so that nothing is rounded. */
function writeValue(value: unknown, type: string): string {
  if (type === "json" || type === "jsonb") {
    const text = toJsonText(value);
    // The binary form of JSON holds no NUL, however it is written.
    if (type === "jsonb" && /(?<!\\)(?:\\\\)*\\u0000/.test(text))
      throw new UnstorableValue("a NUL character");
    return text;
  }
  switch (typeof value) {
    case "string":
      if (value.includes("\0")) throw new UnstorableValue("a NUL character");
      if (!value.isWellFormed()) throw new UnstorableValue("half a character");
      return value;
    case "number":
      if (Object.is(value, -0)) return "-0";
      return String(value);
    case "boolean":
      return value ? "t" : "f";
    case "bigint":
      return String(value);
    default:
      break;
  }
  if (value instanceof Date) return formatTime(value);
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
  if (Array.isArray(value) && type.endsWith("]"))
    return formatArray(value, (item) => writeValue(item, type.replace(/(\[\])+$/, "")));
  return toJsonText(value);
}

/** What reads a column's values out of COPY. */
export interface ReadColumn {
  readonly name: string;
  readonly read: ReadValue;
}

/** Reads rows out of the text format of COPY, as many at once as have arrived. */
export async function* readRows(
  pieces: AsyncIterable<Buffer>,
  columns: readonly ReadColumn[],
): AsyncGenerator<readonly TableRow[], void, void> {
  let rest: Buffer[] = [];
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(10);
    if (end < 0) {
      rest.push(piece);
      continue;
    }
    const whole =
      rest.length === 0
        ? piece.toString("utf8", 0, end)
        : Buffer.concat([...rest, piece.subarray(0, end)]).toString();
    rest = end + 1 === piece.length ? [] : [piece.subarray(end + 1)];
    yield whole.split("\n").map((line) => readRow(line, columns));
  }
}

function readRow(line: string, columns: readonly ReadColumn[]): TableRow {
  const cells = line.split("\t");
  const row: Record<string, unknown> = {};
  for (const [index, { name, read }] of columns.entries()) {
    const cell = cells[index] ?? "";
    const value = cell === String.raw`\N` ? null : read(cell.includes("\\") ? unescape(cell) : cell);
    if (name === "__proto__")
      Object.defineProperty(row, name, { value, enumerable: true, writable: true, configurable: true });
    else row[name] = value;
  }
  return row;
}

const SIGNS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function unescape(cell: string): string {
  return cell.replaceAll(/\\(.)/gs, (_, sign: string) => SIGNS[sign] ?? sign);
}
