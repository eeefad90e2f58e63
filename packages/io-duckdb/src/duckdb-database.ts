import type { DuckDBConnection } from "@duckdb/node-api";
import { resource, type Resource } from "millrace";
import { z } from "zod";
import { closeDuckdbFile, withDuckdbFile, type DuckdbFile } from "./duckdb-file.ts";

const config = z.object({
  /** The database's file; it is made where there is none. */
  path: z
    .string()
    .min(1)
    .refine((path) => !path.startsWith(":memory:"), "must name a file: every run is a process of its own"),
  /** The schema of assets whose key has one part. */
  schema: z.string().default("main"),
  /** How long to wait while another process has the file open. DuckDB lets one process at a time in. */
  lockTimeoutSeconds: z.number().min(0).default(60),
  /** DuckDB's own settings, such as `memory_limit` and `threads`. */
  settings: z.record(z.string(), z.string()).default({}),
});

/** A DuckDB database in a file. */
export interface DuckdbDatabase {
  readonly path: string;
  /** The schema of assets whose key has one part. */
  readonly schema: string;
  /**
   * Calls code with a connection, for queries of your own. While it runs, no other process can open the file; the IO
   * manager and other steps of this process can. Ends its queries when the run is interrupted.
   *
   * @throws DuckdbFileBusy when another process has the file for too long.
   */
  use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Opens the file for the IO manager. */
  readonly open: <T>(signal: AbortSignal, work: (file: DuckdbFile) => Promise<T>) => Promise<T>;
}

/** The config of `duckdbDatabase`. */
export type DuckdbConfig = typeof config;

/**
 * A resource that is a DuckDB database in a file. Give it its config with `withConfig`. The file is open only while it is
 * used, since it lets in one process at a time.
 *
 * @example
 * const lake = withConfig(duckdbDatabase("lake"), { path: "data/lake.duckdb" });
 */
export function duckdbDatabase(name: string): Resource<DuckdbDatabase, DuckdbConfig> {
  return resource(name, {
    description: "A DuckDB database in a file",
    config,
    setup: ({ config, log, signal: ended }): DuckdbDatabase => {
      const open: DuckdbDatabase["open"] = (signal, work) => withDuckdbFile(config, log, signal, work);
      return {
        path: config.path,
        schema: config.schema,
        open,
        use: (work) => open(ended, (file) => withConnection(file, ended, work)),
      };
    },
    teardown: ({ path }) => closeDuckdbFile(path),
  });
}

/** A connection whose queries end when the signal is aborted. */
export async function withConnection<T>(
  { instance }: DuckdbFile,
  signal: AbortSignal,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    // Times without a zone are UTC, whatever the machine's own zone is.
    await connection.run("set timezone = 'UTC'");
    return await work(connection);
  } finally {
    signal.removeEventListener("abort", interrupt);
    connection.closeSync();
  }
}
