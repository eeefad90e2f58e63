export { arrowFormat } from "./arrow-format.ts";
export { arrowTables } from "./arrow-tables.ts";
export { parquetFormat } from "./parquet-format.ts";
export { rowsOfTable, tableOfRows } from "./table-rows.ts";
