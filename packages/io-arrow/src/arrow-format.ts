import { Table, tableFromIPC, tableToIPC } from "apache-arrow";
import type { ValueFormat } from "millrace";

/**
 * Arrow tables as Arrow files (Feather), for `formatIoManager`, `s3IoManager` and inputs of Pipes: pandas, polars and DuckDB read
 * them as they are.
 *
 * @example
 * import { arrowFormat } from "millrace-arrow";
 *
 * const arrowFiles = formatIoManager("arrow", arrowFormat);
 */
export const arrowFormat: ValueFormat = {
  extension: ".arrow",
  encode: (value) => {
    requireTable(value);
    return tableToIPC(value, "file");
  },
  decode: (bytes): Table => tableFromIPC(bytes),
};

/** @throws TypeError saying what came instead of an Arrow table */
export function requireTable(value: unknown): asserts value is Table {
  if (value instanceof Table) return;
  const what = typeof value === "object" && value !== null ? `a ${value.constructor.name}` : typeof value;
  throw new TypeError(
    `The format stores tables of apache-arrow, not ${what}: make one of rows with tableOfRows`,
  );
}
