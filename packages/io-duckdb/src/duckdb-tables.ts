import { DuckDBTypeId, type DuckDBDataChunk, type DuckDBConnection, type DuckDBType } from "@duckdb/node-api";
import {
  InvalidTableValue,
  quoteTable,
  UnstorableValue,
  type ExistingTable,
  type ExpressionKind,
  type TableName,
  type TableRow,
  type TableStore,
  type TableTransaction,
  type TransactionOptions,
} from "millrace/tables";
import { holdDatabase, openConnection, type DuckdbDatabase } from "./duckdb-database.ts";
import type { DuckdbFile } from "./duckdb-file.ts";
import { explainRefusal } from "./duckdb-errors.ts";
import { insertStaged } from "./duckdb-stage.ts";
import { readerOf } from "./duckdb-readers.ts";
import { columnTypes, wideIntegerType } from "./duckdb-values.ts";

/** The tables of a database as the IO manager needs them. */
export function duckdbTables(database: DuckdbDatabase): TableStore {
  const { schema } = database;
  return {
    schema,
    columnTypes,
    wideIntegerType,
    maxNameBytes: 1_000,
    parquet: {
      read: (path) => `read_parquet(${quoteText(path)})`,
      write: (query, path) => `copy (${query}) to ${quoteText(path)} (format parquet, compression zstd)`,
    },
    // Names differ only if they do so in lower case.
    foldName: (name) => name.toLowerCase(),
    async transaction(options, work) {
      const { access, signal } = options;
      using file = await holdDatabase(database, signal);
      const transact = async () => {
        await using begun = await begin(file, options);
        const result = await work(begun.transaction);
        await begun.commit();
        return result;
      };
      try {
        // DuckDB fails writers that meet; in one process they can wait for each other.
        return await (access === "read" ? transact() : file.queueWrite(transact));
      } catch (error) {
        throw explainRefusal(error, database, options);
      }
    },
    async *readRows(options, which) {
      using file = await holdDatabase(database, options.signal);
      try {
        await using begun = await begin(file, options);
        const condition = await which(begun.transaction);
        const where = condition === null ? "" : ` where ${condition.literal}`;
        yield* selectRows(begun.connection, quoteTable(options.table), where);
        await begun.commit();
      } catch (error) {
        throw explainRefusal(error, database, options);
      }
    },
  };
}

interface BegunTransaction extends AsyncDisposable {
  readonly connection: DuckDBConnection;
  readonly transaction: TableTransaction;
  commit(): Promise<void>;
}

/** Begins a transaction, which is undone unless it is committed. */
async function begin(
  file: DuckdbFile,
  { table, access, signal, what }: TransactionOptions,
): Promise<BegunTransaction> {
  const opened = await openConnection(file, signal);
  const { connection } = opened;
  let isOver = false;
  try {
    await connection.run(access === "read" ? "begin transaction read only" : "begin transaction");
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
  return {
    connection,
    transaction: createTransaction(connection, table, what),
    commit: async () => {
      isOver = true;
      await connection.run("commit");
    },
    [Symbol.asyncDispose]: async () => {
      // One that failed to commit is over already.
      if (!isOver) await connection.run("rollback").catch(() => {});
      opened[Symbol.dispose]();
    },
  };
}

function createTransaction(connection: DuckDBConnection, table: TableName, what: string): TableTransaction {
  const name = quoteTable(table);
  const query = async (sql: string, values: readonly string[] = []): Promise<TableRow[]> =>
    (await connection.runAndReadAll(sql, [...values])).getRowObjectsJS();
  return {
    query,
    findTable: (other = table) => findTable(query, other),
    async kindsOf(expressions): Promise<readonly ExpressionKind[]> {
      const list = expressions.map((expression) => `(${expression})`).join(", ");
      const reader = await connection.runAndReadAll(`select ${list} from ${name} limit 0`);
      return reader.columnTypes().map(kindOfType);
    },
    async insertRows(columns, batches, inside): Promise<number> {
      const inserted = await insertStaged(connection, name, what, columns, batches);
      if (inside === null) return 0;
      // The transaction has just emptied the partition and sees nobody else's rows: it holds what was inserted and belongs to it.
      const [counted] = await query(
        `select count(*) as inside from ${name} where ${inside.sql}`,
        inside.values,
      );
      return inserted - Number(counted?.["inside"] ?? 0);
    },
  };
}

async function* selectRows(
  connection: DuckDBConnection,
  name: string,
  where: string,
): AsyncGenerator<readonly TableRow[], void, void> {
  const result = await connection.stream(`select * from ${name}${where}`);
  const names = result.columnNames();
  const readers = result.columnTypes().map(readerOf);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield readChunk(name, chunk, names, readers);
  }
}

function readChunk(
  table: string,
  chunk: DuckDBDataChunk,
  names: readonly string[],
  readers: readonly ReturnType<typeof readerOf>[],
): readonly TableRow[] {
  const rows = Array.from({ length: chunk.rowCount }, (): Record<string, unknown> => ({}));
  for (const [index, name] of names.entries()) {
    const read = readers[index];
    if (!read) continue;
    const values = chunk.getColumnValues(index);
    try {
      for (const [place, row] of rows.entries()) {
        const cell = values[place] ?? null;
        const value = cell === null ? null : read(cell);
        if (name === "__proto__")
          Object.defineProperty(row, name, { value, enumerable: true, writable: true, configurable: true });
        else row[name] = value;
      }
    } catch (error) {
      if (!(error instanceof UnstorableValue)) throw error;
      throw new InvalidTableValue(
        `Column "${name}" of table ${table} holds ${error.message}: select it as a text, in a query of your own`,
        { cause: error },
      );
    }
  }
  return rows;
}

/** Names of tables and columns differ in DuckDB only if they do so in lower case. */
async function findTable(
  query: TableTransaction["query"],
  { schema, table }: TableName,
): Promise<ExistingTable | null> {
  const columns = await query(
    `select column_name, data_type from duckdb_columns() where database_name = current_database()
      and lower(schema_name) = lower($1) and lower(table_name) = lower($2) order by column_index`,
    [schema, table],
  );
  if (columns.length === 0) return null;
  const [found] = await query(
    `select comment from duckdb_tables() where database_name = current_database()
      and lower(schema_name) = lower($1) and lower(table_name) = lower($2)`,
    [schema, table],
  );
  return {
    comment: (found?.["comment"] ?? null) as string | null,
    columns: columns.map((column) => ({
      name: String(column["column_name"]),
      type: String(column["data_type"]),
    })),
  };
}

function kindOfType(type: DuckDBType): ExpressionKind {
  switch (type.typeId) {
    case DuckDBTypeId.TIMESTAMP_TZ:
      return "instant";
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
    case DuckDBTypeId.DATE:
      return "wall";
    case DuckDBTypeId.VARCHAR:
      return "text";
    default:
      return "other";
  }
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
