import { ioManager, type InputContext, type IoManager, type OutputContext } from "../io/io-manager.ts";
import { ParquetFile } from "../io/parquet-file.ts";
import { ValueNotStored } from "../io/value-not-stored.ts";
import { metadata } from "../metadata/metadata.ts";
import type { Resource } from "../resources/resource.ts";
import { createMadeValues, findMadeValues, MadeValuesMissing, placeOf, recordMade } from "./made-values.ts";
import { exportParquet, openParquet, requireParquet } from "./parquet-rows.ts";
import { conditionOf, newRows, replaceRows, TableMustChange, type NewRows } from "./replace-rows.ts";
import { openRows, type RowsShape } from "./row-source.ts";
import { InvalidTableOptions, InvalidTableValue } from "./table-errors.ts";
import {
  type TableStore,
  type TableTransaction,
  type TransactionOptions,
  quoteTable,
} from "./table-store.ts";
import type { TableRow, TableRows } from "./table-row.ts";
import { tableTarget, type TableTarget } from "./table-target.ts";

/**
 * An IO manager that stores rows in tables, for packages that bring a database: the rows of each asset are a table, those of a
 * partition are replaced for themselves. What was returned as an array is loaded as one; what was returned as an iterator or
 * async iterable of rows is loaded as an async iterable, and neither way are more than a few thousand rows in memory.
 *
 * @param database The connection, whose value becomes a store by `toStore`.
 */
export function tableIoManager<T>(
  name: string,
  description: string,
  database: Resource<T>,
  toStore: (database: T) => TableStore,
): IoManager<TableRows | ParquetFile> {
  return ioManager(name, {
    description,
    resources: { database },
    handleOutput: async (context, value: TableRows | ParquetFile) => {
      const store = toStore(context.resources.database);
      if (value === undefined && context.address.assetKey !== null) return noteFilled(name, store, context);
      const target = tableTarget(name, store, context);
      if (value instanceof ParquetFile) {
        const parquet = requireParquet(store.parquet, target);
        return storeRows(store, target, context, (transaction) =>
          openParquet(transaction, parquet, target, value),
        );
      }
      const json = target.declared
        .filter(({ type }) => /^jsonb?$/i.test(type))
        .map((column) => store.foldName(column.name));
      const what = `The value of asset "${target.assetKey}"`;
      const source = await openRows(what, value, new Set(json), (column) => store.foldName(column));
      try {
        const rows = newRows(store, target, source);
        await storeRows(store, target, context, async () => rows);
      } finally {
        await source.close();
      }
    },
    loadInput: async (context): Promise<unknown> => {
      const store = toStore(context.resources.database);
      return loadRows(store, tableTarget(name, store, context), context);
    },
  });
}

type Context = Pick<OutputContext, "log" | "signal">;

async function storeRows(
  store: TableStore,
  target: TableTarget,
  context: Context & Pick<OutputContext, "addMetadata">,
  open: (transaction: TableTransaction) => Promise<NewRows>,
): Promise<void> {
  let count = 0;
  const stored = await withMadeValues(
    store,
    target,
    context,
    target.partition === null ? "table" : "partition",
    async (transaction, access) => {
      const rows = await open(transaction);
      const columns = await replaceRows(transaction, store, target, rows, access === "table");
      count = rows.count();
      return columns;
    },
  );
  context.addMetadata({
    table: quoteTable(target.table),
    row_count: count,
    column_schema: metadata.tableSchema(stored),
  });
}

/** What an asset means that returns nothing: it has filled its table itself. That its partition was made, no rows might not show. */
async function noteFilled(
  name: string,
  store: TableStore,
  context: Parameters<typeof tableTarget>[2] & Context,
): Promise<void> {
  if (context.partition === null) return;
  let target: TableTarget;
  try {
    target = tableTarget(name, store, context);
  } catch (error) {
    // Of a table that is only filled nothing needs to be known.
    if (error instanceof InvalidTableOptions) return;
    throw error;
  }
  await withMadeValues(store, target, context, "partition", async (transaction) => {
    const made = await findMadeValues(transaction, target, await transaction.findTable(), false);
    if (made.owner === null || made.owner.assetKey === target.assetKey)
      await recordMade(transaction, target, made, "array");
  });
}

/** Does work in a transaction, again with what it turns out to need first. */
async function withMadeValues<T>(
  store: TableStore,
  target: TableTarget,
  context: Context,
  begin: "partition" | "table",
  work: (transaction: TableTransaction, access: "partition" | "table") => Promise<T>,
): Promise<T> {
  let access = begin;
  for (;;) {
    const options = optionsOf(target, access, context);
    try {
      return await store.transaction(options, (transaction) => work(transaction, access));
    } catch (error) {
      if (error instanceof MadeValuesMissing) {
        const place = placeOf(target.table);
        await store.transaction(
          { ...options, table: place, partitionKey: null, access: "table" },
          (transaction) => createMadeValues(transaction, place),
        );
      } else if (error instanceof TableMustChange && access === "partition") access = "table";
      else throw error;
    }
  }
}

async function loadRows(
  store: TableStore,
  target: TableTarget,
  context: Context & Pick<InputContext, "address" | "atEnd">,
): Promise<unknown> {
  const options = optionsOf(target, "read", context);
  const stored = await store.transaction(options, (transaction) => findStored(transaction, target));
  if (stored === null) throw new ValueNotStored(context.address);
  if (stored.shape === "parquet" && stored.hasTable) {
    const parquet = requireParquet(store.parquet, target);
    return store.transaction(options, (transaction) => exportParquet(transaction, parquet, target, context));
  }
  const batches = stored.hasTable
    ? store.readRows(options, (transaction) => conditionOf(transaction, target), stored.shape === "stream")
    : none();
  if (stored.shape === "stream") {
    const reading: Reading = { isOver: false, batches: null };
    context.atEnd(async () => {
      reading.isOver = true;
      await reading.batches?.return?.();
    });
    return rowsOf(target, batches, reading);
  }
  const rows: TableRow[] = [];
  for await (const batch of batches) for (const row of batch) rows.push(row);
  return rows;
}

interface StoredRows {
  readonly shape: RowsShape;
  readonly hasTable: boolean;
}

/** Null when the value was never made: a partition of which there are no rows, and of which nothing else tells. */
async function findStored(transaction: TableTransaction, target: TableTarget): Promise<StoredRows | null> {
  const found = await transaction.findTable();
  const { shape } = await findMadeValues(transaction, target, found, true);
  if (shape !== null) return { shape, hasTable: found !== null };
  if (!found) return null;
  const condition = await conditionOf(transaction, target);
  if (condition === null) return { shape: "array", hasTable: true };
  const rows = await transaction.query(
    `select 1 from ${quoteTable(target.table)} where ${condition.sql} limit 1`,
    condition.values,
  );
  return rows.length === 0 ? null : { shape: "array", hasTable: true };
}

/** How far a stream of rows is read. */
interface Reading {
  /** What it was read for has ended. */
  isOver: boolean;
  batches: AsyncIterator<readonly TableRow[]> | null;
}

async function* rowsOf(
  { assetKey }: TableTarget,
  batches: AsyncIterable<readonly TableRow[]>,
  reading: Reading,
): AsyncGenerator<TableRow, void, void> {
  const iterator = batches[Symbol.asyncIterator]();
  try {
    for (;;) {
      const isLate = reading.isOver;
      reading.batches = iterator;
      const { done, value } = isLate ? { done: true, value: [] } : await iterator.next();
      if (done !== true) yield* value;
      else if (reading.isOver)
        throw new InvalidTableValue(
          `The rows of asset "${assetKey}" are read after the step that they were loaded for: read them within it`,
        );
      else return;
    }
  } finally {
    await iterator.return?.();
  }
}

async function* none(): AsyncGenerator<readonly TableRow[], void, void> {}

function optionsOf(
  { table, partitionKey, assetKey }: TableTarget,
  access: TransactionOptions["access"],
  { log, signal }: Context,
): TransactionOptions {
  return { what: `asset "${assetKey}"`, table, partitionKey, access, log, signal };
}
