import { tableFromIPC, tableToIPC, type Table } from "apache-arrow";
import type { ValueFormat } from "millrace";
import {
  readParquet,
  Table as WasmTable,
  writeParquet,
  Compression,
  WriterPropertiesBuilder,
} from "parquet-wasm";
import { requireTable } from "./arrow-format.ts";

/**
 * Arrow tables as Parquet files, for `formatIoManager`, `s3IoManager` and inputs of Pipes. The whole table is in memory; files
 * that are too large for that go by their path, with `parquetFile`.
 *
 * @example
 * import { parquetFormat } from "millrace-arrow";
 *
 * const parquetTables = formatIoManager("parquet_tables", parquetFormat);
 */
export const parquetFormat: ValueFormat = {
  extension: ".parquet",
  encode: (value) => {
    requireTable(value);
    const table = WasmTable.fromIPCStream(tableToIPC(value, "stream"));
    const properties = new WriterPropertiesBuilder().setCompression(Compression.ZSTD).build();
    // Both are used up by it.
    return writeParquet(table, properties);
  },
  decode: (bytes): Table => tableFromIPC(readParquet(bytes).intoIPCStream()),
};
