export { duckdbDatabase, type DuckdbConfig, type DuckdbDatabase } from "./duckdb-database.ts";
export { DuckdbRefused } from "./duckdb-errors.ts";
export { DuckdbFileBusy } from "./duckdb-file.ts";
export { duckdbIoManager } from "./duckdb-io-manager.ts";
export {
  ColumnMismatch,
  InvalidTableOptions,
  InvalidTableValue,
  RowsOutsidePartition,
  TableTaken,
} from "millrace/tables";
