import { testConstantMemory } from "millrace/internal/tables/constant-memory-suite";
import { afterAll } from "vitest";
import { createTestDatabase } from "./test-database.ts";

const index = JSON.stringify(new URL("index.ts", import.meta.url).href);
const database = await createTestDatabase();
afterAll(() => database[Symbol.asyncDispose]());

testConstantMemory({
  rows: 6_250,
  heapMegabytes: 48,
  declareTables: `
import { postgresDatabase, postgresIoManager } from ${index};
const warehouse = withConfig(postgresDatabase("warehouse"), { url: ${JSON.stringify(database.url)} });
const tables = postgresIoManager("tables", warehouse);`,
});
