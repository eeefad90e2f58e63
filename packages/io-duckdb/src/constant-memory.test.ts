import { testConstantMemory } from "millrace/internal/tables/constant-memory-suite";

const index = JSON.stringify(new URL("index.ts", import.meta.url).href);

testConstantMemory({
  rows: 15_000,
  heapMegabytes: 96,
  declareTables: `
import { duckdbDatabase, duckdbIoManager } from ${index};
const lake = withConfig(duckdbDatabase("lake"), { path: process.argv[2] + "/lake.duckdb" });
const tables = duckdbIoManager("tables", lake);`,
});
