// For packages whose IO managers store rows in the tables of a database.
export { tableIoManager } from "./tables/table-io-manager.ts";
export {
  quoteName,
  quoteTable,
  type ExistingTable,
  type ExpressionKind,
  type FilledColumn,
  type ParquetSql,
  type RowBatch,
  type SqlCondition,
  type TableName,
  type TableStore,
  type TableTransaction,
  type TransactionOptions,
} from "./tables/table-store.ts";
export { type TableRow, type TableRows } from "./tables/table-row.ts";
export { cellOf } from "./tables/row-columns.ts";
export { parseJsonText, toJsonText, UnstorableValue } from "./tables/json-text.ts";
export type { ColumnKind } from "./tables/column-kind.ts";
export {
  ColumnMismatch,
  InvalidTableOptions,
  InvalidTableValue,
  RowsOutsidePartition,
  TableTaken,
} from "./tables/table-errors.ts";
