export { postgresDatabase, type PostgresConfig, type PostgresDatabase } from "./postgres-database.ts";
export { PostgresRefused, PostgresUnreachable } from "./postgres-errors.ts";
export { postgresIoManager } from "./postgres-io-manager.ts";
export {
  ColumnMismatch,
  InvalidTableOptions,
  InvalidTableValue,
  RowsOutsidePartition,
  TableTaken,
} from "millrace/tables";
