import type { Logger } from "../context/logger.ts";
import type { ColumnKind } from "./column-kind.ts";
import type { TableRow } from "./table-row.ts";

/** Names a table of a database. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** A condition in SQL whose values are its parameters `$1`, `$2` and so on. */
export interface SqlCondition {
  readonly sql: string;
  readonly values: readonly string[];
}

/** A table that is there. */
export interface ExistingTable {
  /** In the order of the table. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly comment: string | null;
}

/** A column that rows to insert have values for. */
export interface FilledColumn {
  readonly name: string;
  /** What kind of values the rows bring. */
  readonly kind: ColumnKind;
  /** The type of the table's column, in the words of the database. */
  readonly type: string;
}

/** How an SQL expression's values compare: as instants, as wall times, as texts, or not directly with a text. */
export type ExpressionKind = "instant" | "wall" | "text" | "other";

/** What one transaction on one table is for. */
export interface TransactionOptions {
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
  /** Null when there is no such table. */
  findTable(): Promise<ExistingTable | null>;
  /** How SQL expressions over the table's columns compare, in their order. */
  kindsOf(expressions: readonly string[]): Promise<readonly ExpressionKind[]>;
  /** Runs one statement with parameters `$1`, `$2` and so on. */
  query(sql: string, values?: readonly string[]): Promise<readonly TableRow[]>;
  /**
   * Inserts rows.
   *
   * @param inside What rows must fulfil.
   * @returns The number of rows that do not.
   */
  insertRows(
    columns: readonly FilledColumn[],
    rows: readonly TableRow[],
    inside: SqlCondition | null,
  ): Promise<number>;
  /** Reads rows, with JavaScript's values in the place of the database's. */
  selectRows(condition: SqlCondition | null): Promise<TableRow[]>;
}

/** A database as an IO manager for tables needs it. Names in its SQL are quoted with `"`. */
export interface TableStore {
  /** The schema of assets whose key has one part. */
  readonly schema: string;
  /** The types of new columns. */
  readonly columnTypes: Readonly<Record<ColumnKind, string>>;
  /** The longest name of a table or schema, in bytes: longer ones the database cuts off, or refuses. */
  readonly maxNameBytes: number;
  transaction<T>(
    options: TransactionOptions,
    work: (transaction: TableTransaction) => Promise<T>,
  ): Promise<T>;
}

/** A name as an identifier in SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table as an identifier in SQL. */
export function quoteTable({ schema, table }: TableName): string {
  return `${quoteName(schema)}.${quoteName(table)}`;
}
