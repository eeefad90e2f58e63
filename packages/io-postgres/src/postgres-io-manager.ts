import type { IoManager, Resource } from "millrace";
import { tableIoManager, type TableRows } from "millrace/tables";
import type { PostgresDatabase } from "./postgres-database.ts";
import { postgresTables } from "./postgres-tables.ts";

/**
 * An IO manager that stores assets as tables of a PostgreSQL database: rows, an array of plain objects. A partition
 * replaces its own rows, in one transaction.
 *
 * @example
 * const warehouse = withConfig(postgresDatabase("warehouse"), { url: env("WAREHOUSE_URL") });
 * const tables = postgresIoManager("tables", warehouse);
 * export const orders = asset("shop/orders", { ioManager: tables }, () => [{ id: 1n, total: 9.5 }]);
 */
export function postgresIoManager(name: string, database: Resource<PostgresDatabase>): IoManager<TableRows> {
  return tableIoManager(name, "Tables of a PostgreSQL database", database, postgresTables);
}
