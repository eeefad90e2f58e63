import type { IoManager, ParquetFile, Resource } from "millrace";
import { tableIoManager, type TableRows } from "millrace/tables";
import type { DuckdbDatabase } from "./duckdb-database.ts";
import { duckdbTables } from "./duckdb-tables.ts";

/**
 * An IO manager that stores assets as tables of a DuckDB file: rows, an array of plain objects. A partition replaces its
 * own rows, in one transaction.
 *
 * @example
 * const lake = withConfig(duckdbDatabase("lake"), { path: "data/lake.duckdb" });
 * const tables = duckdbIoManager("tables", lake);
 * export const orders = asset("shop/orders", { ioManager: tables }, () => [{ id: 1n, total: 9.5 }]);
 */
export function duckdbIoManager(
  name: string,
  database: Resource<DuckdbDatabase>,
): IoManager<TableRows | ParquetFile> {
  return tableIoManager(name, "Tables of a DuckDB file", database, duckdbTables);
}
