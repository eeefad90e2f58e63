import { setImmediate as nextTurn } from "node:timers/promises";
import { InvalidTableValue } from "./table-errors.ts";
import { nameOf, scanColumns, type ColumnScan, type RowColumn } from "./row-columns.ts";
import type { TableRow } from "./table-row.ts";

/** Rows that are handed to a database at once. */
const BATCH_ROWS = 1_000;
/** Rows of a stream that are held back until their columns are known. */
const FIRST_ROWS = 10_000;
/** Fewer rows of a stream make a batch when they are so large, in characters and bytes. */
const BATCH_SIZE = 16_777_216;

/** How a value of rows comes back: as an array, as an async iterable that holds a few rows at a time, or as a Parquet file. */
export type RowsShape = "array" | "stream" | "parquet";

/** Rows to store, of which as few as possible are in memory. */
export interface RowSource {
  readonly shape: RowsShape;
  /** The columns of an array's rows, or of a stream's first ones. */
  readonly columns: readonly RowColumn[];
  /** Whether no rows but those that the columns were found in are to come. */
  readonly isWhole: boolean;
  /** What has been seen so far; goes on while batches are taken. */
  readonly scan: ColumnScan;
  /** All rows, once; an array's as often as asked. @throws InvalidTableValue for later rows that no column can hold. */
  batches(): AsyncIterable<readonly TableRow[]>;
  /** Lets go of rows that nobody takes. */
  close(): Promise<void>;
}

/**
 * Opens a value as rows: an array of plain objects, or an iterator or async iterable of them. An array is looked through, a
 * stream as far as its first rows.
 *
 * @param json Names of columns, folded, whose values are JSON, whatever they look like.
 * @throws InvalidTableValue that says what the value is instead, or what no column can hold.
 */
export async function openRows(
  what: string,
  value: unknown,
  json: ReadonlySet<string>,
  foldName: (name: string) => string,
): Promise<RowSource> {
  const scan = scanColumns(what, json, foldName);
  if (Array.isArray(value)) {
    const rows: readonly unknown[] = value;
    const checked = rows as readonly TableRow[];
    for (const { from, to } of slices(rows.length)) {
      requireRows(what, rows, from, to);
      scan.add(checked.slice(from, to));
      await nextTurn();
    }
    return {
      shape: "array",
      columns: scan.columns(),
      isWhole: true,
      scan,
      async *batches() {
        for (const { from, to } of slices(rows.length)) yield checked.slice(from, to);
      },
      close: async () => {},
    };
  }
  return openStream(what, iteratorOf(what, value), scan);
}

async function openStream(what: string, iterator: AnyIterator, scan: ColumnScan): Promise<RowSource> {
  let index = 0;
  let isDone = false;
  const read = async (count: number): Promise<readonly TableRow[]> => {
    const rows: unknown[] = [];
    let size = 0;
    while (rows.length < count && size < BATCH_SIZE && !isDone) {
      const next = await iterator.next();
      if (next.done === true) isDone = true;
      else {
        rows.push(next.value);
        size += sizeOf(next.value);
      }
    }
    requireRows(what, rows, 0, rows.length, index);
    index += rows.length;
    const checked = rows as readonly TableRow[];
    scan.add(checked);
    return checked;
  };
  const close = async (): Promise<void> => {
    if (!isDone) await iterator.return?.();
    isDone = true;
  };
  let first: readonly TableRow[];
  try {
    first = await read(FIRST_ROWS);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    shape: "stream",
    columns: scan.columns(),
    isWhole: isDone,
    scan,
    async *batches() {
      for (const { from, to } of slices(first.length)) yield first.slice(from, to);
      first = [];
      for (;;) {
        const rows = await read(BATCH_ROWS);
        if (rows.length === 0) return;
        yield rows;
        await nextTurn();
      }
    },
    close,
  };
}

type AnyIterator = Pick<AsyncIterator<unknown> | Iterator<unknown>, "next" | "return">;

function iteratorOf(what: string, value: unknown): AnyIterator {
  if (typeof value === "object" && value !== null) {
    if (Symbol.asyncIterator in value) return (value as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    if (Symbol.iterator in value && "next" in value)
      return (value as IterableIterator<unknown>)[Symbol.iterator]();
  }
  throw new InvalidTableValue(
    `${what} must be rows, an array or an async iterable of plain objects, not ${nameOf(value)}`,
  );
}

/** About how large a row is: what may be large are texts and bytes. */
function sizeOf(row: unknown): number {
  let size = 0;
  for (const value of Object.values(row ?? {}) as unknown[]) {
    if (typeof value === "string") size += value.length;
    else if (value instanceof Uint8Array) size += value.byteLength;
  }
  return size;
}

function* slices(length: number): Generator<{ readonly from: number; readonly to: number }, void, void> {
  for (let from = 0; from < length; from += BATCH_ROWS)
    yield { from, to: Math.min(from + BATCH_ROWS, length) };
}

/** Whether objects with this prototype hold their values where rows do. */
const holdsFields = new WeakMap<object, boolean>();

function requireRows(what: string, rows: readonly unknown[], from: number, to: number, offset = 0): void {
  for (let row = from; row < to; row++) {
    const value = rows[row];
    if (!isRow(value))
      throw new InvalidTableValue(`${what} must be rows: row ${row + offset} is ${nameOf(value)}`);
  }
}

function isRow(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return true;
  let holds = holdsFields.get(prototype);
  if (holds === undefined) {
    // Maps, dates, errors and the like have none, and of instances with getters those would be lost in silence.
    const descriptors = Object.values(Object.getOwnPropertyDescriptors(prototype));
    const hasGetter = descriptors.some((descriptor) => descriptor.get !== undefined);
    holds = Object.prototype.toString.call(value) === "[object Object]" && !hasGetter;
    holdsFields.set(prototype, holds);
  }
  return holds;
}
