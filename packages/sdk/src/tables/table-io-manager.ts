import { ioManager, type InputContext, type IoManager, type OutputContext } from "../io/io-manager.ts";
import { ValueNotStored } from "../io/value-not-stored.ts";
import { metadata } from "../metadata/metadata.ts";
import type { Resource } from "../resources/resource.ts";
import { conditionOf, replaceRows, TableMustChange } from "./replace-rows.ts";
import { listColumns, toRows } from "./row-columns.ts";
import { type TableStore, type TransactionOptions, quoteTable } from "./table-store.ts";
import type { TableRow } from "./table-row.ts";
import { tableTarget, type TableTarget } from "./table-target.ts";

/**
 * An IO manager that stores rows in tables, for packages that bring a database: the rows of each asset are a table, those of a
 * partition are replaced for themselves.
 *
 * @param database The connection, whose value becomes a store by `toStore`.
 */
export function tableIoManager<T>(
  name: string,
  description: string,
  database: Resource<T>,
  toStore: (database: T) => TableStore,
): IoManager {
  return ioManager(name, {
    description,
    resources: { database },
    handleOutput: async (context, value) => {
      // What an asset that returns nothing means: it has filled its table itself.
      if (value === undefined && context.address.assetKey !== null) return;
      const store = toStore(context.resources.database);
      const target = tableTarget(name, store, context);
      await storeRows(store, target, context, toRows(`The value of asset "${target.assetKey}"`, value));
    },
    loadInput: async (context): Promise<readonly TableRow[]> => {
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
  rows: readonly TableRow[],
): Promise<void> {
  const json = target.declared.filter(({ type }) => /^jsonb?$/i.test(type)).map((column) => column.name);
  const columns = listColumns(`Asset "${target.assetKey}"`, rows, new Set(json));
  const attempt = (access: "partition" | "table") =>
    store.transaction(optionsOf(target, access, context), (transaction) =>
      replaceRows(transaction, store.columnTypes, target, columns, rows, access === "table"),
    );
  const stored = await attempt(target.partition === null ? "table" : "partition").catch((error: unknown) => {
    if (error instanceof TableMustChange) return attempt("table");
    throw error;
  });
  context.addMetadata({
    table: quoteTable(target.table),
    row_count: rows.length,
    column_schema: metadata.tableSchema(stored),
  });
}

async function loadRows(
  store: TableStore,
  target: TableTarget,
  context: Context & Pick<InputContext, "address">,
): Promise<readonly TableRow[]> {
  return store.transaction(optionsOf(target, "read", context), async (transaction) => {
    if ((await transaction.findTable()) === null) throw new ValueNotStored(context.address);
    return transaction.selectRows(await conditionOf(transaction, target));
  });
}

function optionsOf(
  { table, partitionKey }: TableTarget,
  access: TransactionOptions["access"],
  { log, signal }: Context,
): TransactionOptions {
  return { table, partitionKey, access, log, signal };
}
