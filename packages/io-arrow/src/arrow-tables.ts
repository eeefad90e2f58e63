import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Table } from "apache-arrow";
import { ioManager, parquetFile, requireParquetFile, type IoManager } from "millrace";
import { parquetFormat } from "./parquet-format.ts";

/**
 * An IO manager for Arrow tables, made of one that stores Parquet files: those of DuckDB, whose tables then hold the columns with
 * their own types, of buckets and of folders.
 *
 * @param manager Such as `duckdbIoManager("tables", lake)`; its own name stays free for assets that use it as it is.
 */
export function arrowTables(name: string, manager: IoManager): IoManager<Table | undefined> {
  const { handleOutput, loadInput } = manager as unknown as Handlers;
  return ioManager(name, {
    description: `Arrow tables, by way of ${manager.name}`,
    resources: manager.resources,
    handleOutput: async (context, value: Table | undefined) => {
      // What an asset that returns nothing means, the other manager knows.
      if (value === undefined) return handleOutput(context, value);
      const folder = await mkdtemp(join(tmpdir(), "millrace-arrow-"));
      try {
        const path = join(folder, "table.parquet");
        await writeFile(path, parquetFormat.encode(value));
        await handleOutput(context, parquetFile(path));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    loadInput: async (context) => {
      const { path } = requireParquetFile(await loadInput(context));
      return parquetFormat.decode(await readFile(path));
    },
  });
}

/** What a manager does, with its context's type forgotten: it was checked where the manager was defined. */
interface Handlers {
  readonly handleOutput: (context: unknown, value: unknown) => unknown;
  readonly loadInput: (context: unknown) => unknown;
}
