import { DuckDBTypeId, type DuckDBConnection, type DuckDBType } from "@duckdb/node-api";
import {
  quoteName,
  quoteTable,
  type ExistingTable,
  type ExpressionKind,
  type SqlCondition,
  type TableName,
  type TableRow,
  type TableStore,
  type TableTransaction,
  type TransactionOptions,
} from "millrace/tables";
import { withConnection, type DuckdbDatabase } from "./duckdb-database.ts";
import type { DuckdbFile } from "./duckdb-file.ts";
import { appendValue, castStaged, columnTypes, stagedTypes } from "./duckdb-values.ts";

/** The temporary table that rows to insert pass through; a connection's own. */
const STAGE = "millrace_stage";

/** The tables of a database as the IO manager needs them. */
export function duckdbTables({ schema, open }: DuckdbDatabase): TableStore {
  return {
    schema,
    columnTypes,
    maxNameBytes: 1_000,
    transaction: ({ table, access, signal }, work) =>
      open(signal, (file) => {
        const transact = () =>
          withTransaction(file, access, signal, (connection) => work(createTransaction(connection, table)));
        // DuckDB fails writers that meet; in one process they can wait for each other.
        return access === "read" ? transact() : file.queueWrite(transact);
      }),
  };
}

function withTransaction<T>(
  file: DuckdbFile,
  access: TransactionOptions["access"],
  signal: AbortSignal,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  return withConnection(file, signal, async (connection) => {
    await connection.run(access === "read" ? "begin transaction read only" : "begin transaction");
    try {
      const result = await work(connection);
      await connection.run("commit");
      return result;
    } catch (error) {
      // One that failed to commit is over already.
      await connection.run("rollback").catch(() => {});
      throw error;
    }
  });
}

function createTransaction(connection: DuckDBConnection, table: TableName): TableTransaction {
  const name = quoteTable(table);
  const query = async (sql: string, values: readonly string[] = []): Promise<TableRow[]> => {
    const reader = await connection.runAndReadAll(sql, [...values]);
    const json = reader.columnTypes().map((type) => type.alias === "JSON");
    const names = reader.columnNames();
    const rows = reader.getRowObjectsJS() as Record<string, unknown>[];
    for (const column of names.filter((_, index) => json[index])) {
      for (const row of rows) {
        const text = row[column];
        if (typeof text === "string") row[column] = JSON.parse(text);
      }
    }
    return rows;
  };
  return {
    query,
    findTable: () => findTable(query, table),
    async kindsOf(expressions): Promise<readonly ExpressionKind[]> {
      const list = expressions.map((expression) => `(${expression})`).join(", ");
      const reader = await connection.runAndReadAll(`select ${list} from ${name} limit 0`);
      return reader.columnTypes().map(kindOfType);
    },
    async insertRows(columns, rows, inside): Promise<number> {
      const staged = columns.map(({ kind }, index) => `c${index} ${stagedTypes[kind]}`).join(", ");
      await connection.run(`create or replace temporary table ${STAGE} (${staged})`);
      const appender = await connection.createAppender(STAGE);
      try {
        for (const row of rows) {
          for (const column of columns) appendValue(appender, row, column);
          appender.endRow();
        }
      } finally {
        appender.closeSync();
      }
      const names = columns.map((column) => quoteName(column.name)).join(", ");
      const values = columns.map((column, index) => castStaged(`c${index}`, column)).join(", ");
      await connection.run(`insert into ${name} (${names}) select ${values} from ${STAGE}`);
      const outside = inside === null ? 0 : await countOutside(query, name, rows.length, inside);
      await connection.run(`drop table ${STAGE}`);
      return outside;
    },
    async selectRows(condition: SqlCondition | null): Promise<TableRow[]> {
      const where = condition === null ? "" : ` where ${condition.sql}`;
      return query(`select * from ${name}${where}`, condition?.values);
    },
  };
}

type Query = (sql: string, values: readonly string[]) => Promise<TableRow[]>;

/** The transaction has just emptied the partition and sees nobody else's rows: it holds what was inserted and belongs to it. */
async function countOutside(
  query: Query,
  name: string,
  inserted: number,
  inside: SqlCondition,
): Promise<number> {
  const [row] = await query(`select count(*) as inside from ${name} where ${inside.sql}`, inside.values);
  return inserted - Number(row?.["inside"] ?? 0);
}

/** Names of tables and columns differ in DuckDB only if they do so in lower case. */
async function findTable(query: Query, { schema, table }: TableName): Promise<ExistingTable | null> {
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
