import type { Logger } from "../context/logger.ts";
import type { ColumnKind } from "./column-kind.ts";
import type { TableRow } from "./table-row.ts";

/** Names a table of a database. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/**
 * The table, beside those of assets, that says which values were made: no rows alone could mean that a partition was never
 * made, or was made somewhere else.
 */
export const MADE_VALUES = "millrace_values";

/** A condition in SQL whose values are its parameters `$1`, `$2` and so on. */
export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly string[];
  /** The same with the values in it, for statements that take no parameters. */
  readonly literal: string;
}

/** A table that is there. */
export interface ExistingTable {
  /** In the order of the table. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly comment: string | null;
}

/** A column that rows to insert have values for. */
export interface FilledColumn {
  /** As the table has it. */
  readonly name: string;
  /** As rows have it, see `cellOf`. */
  readonly spellings: readonly string[];
  /** What kind of values the rows bring. */
  readonly kind: ColumnKind;
  /** The type of the table's column, in the words of the database. */
  readonly type: string;
}

/** Rows that are inserted at once. */
export interface RowBatch {
  readonly rows: readonly TableRow[];
  /** The number of rows before them. */
  readonly offset: number;
  /** Always the same columns in the same order; a kind changes from `null` to another one where the first value comes late. */
  readonly columns: readonly FilledColumn[];
}

/** How an SQL expression's values compare: as instants, as wall times, as texts, or not directly with a text. */
export type ExpressionKind = "instant" | "wall" | "text" | "other";

/** What one transaction on one table is for. */
export interface TransactionOptions {
  /** Whose rows they are, for messages: `asset "orders"`. */
  readonly what: string;
  readonly table: TableName;
  /** The partition it is about; null: all rows. */
  readonly partitionKey: string | null;
  /** `partition` may write beside other partitions' writers; `table` writes alone and may change columns. */
  readonly access: "read" | "partition" | "table";
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** One transaction on one table, see `TransactionOptions`. It ends with its work: committed, or undone when that fails. */
export interface TableTransaction {
  /** Null when there is no such table. @param table Default: the transaction's. */
  findTable(table?: TableName): Promise<ExistingTable | null>;
  /** How SQL expressions over the table's columns compare, in their order. */
  kindsOf(expressions: readonly string[]): Promise<readonly ExpressionKind[]>;
  /** Runs one statement with parameters `$1`, `$2` and so on. */
  query(sql: string, values?: readonly string[]): Promise<readonly TableRow[]>;
  /**
   * Inserts rows, batch after batch, into a table of which the transaction has removed those that fulfil `inside`.
   *
   * @param columns Those of the first batch, of which there may be none.
   * @param inside What rows must fulfil.
   * @returns The number of rows that do not.
   * @throws InvalidTableValue for a value that the database can not hold, with column and row.
   */
  insertRows(
    columns: readonly FilledColumn[],
    batches: AsyncIterable<RowBatch>,
    inside: SqlCondition | null,
  ): Promise<number>;
}

/** What SQL says about Parquet files. */
export interface ParquetSql {
  /** What stands in the place of a table for the rows of a file. */
  read(path: string): string;
  /** The statement that writes the rows of a query into a file. */
  write(query: string, path: string): string;
}

/** A database as an IO manager for tables needs it. Names in its SQL are quoted with `"`. */
export interface TableStore {
  /** The schema of assets whose key has one part. */
  readonly schema: string;
  /** The types of new columns. */
  readonly columnTypes: Readonly<Record<ColumnKind, string>>;
  /** The type of new columns for bigints of more than eight bytes. */
  readonly wideIntegerType: string;
  /** The longest name of a table, schema or column, in bytes: longer ones the database cuts off, or refuses. */
  readonly maxNameBytes: number;
  /** How the database itself reads and writes Parquet files; null when it does not. */
  readonly parquet: ParquetSql | null;
  /** Makes names of columns equal that the database takes for one. */
  foldName(name: string): string;
  transaction<T>(
    options: TransactionOptions,
    work: (transaction: TableTransaction) => Promise<T>,
  ): Promise<T>;
  /**
   * Reads rows in a transaction of its own, with JavaScript's values in the place of the database's, and holds a few batches
   * of them at a time. The transaction begins with the first batch that is taken, and ends with the last one or when the
   * iterator is closed.
   *
   * @param which Says in the transaction which rows are meant; null: all.
   * @param isLong Whether reading goes on while code works with the rows, which may need the database for something else.
   */
  readRows(
    options: TransactionOptions,
    which: (transaction: TableTransaction) => Promise<SqlCondition | null>,
    isLong: boolean,
  ): AsyncIterable<readonly TableRow[]>;
}

/** A name as an identifier in SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table as an identifier in SQL. */
export function quoteTable({ schema, table }: TableName): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}
