import type { DuckDBConnection } from "@duckdb/node-api";
import { resource, type Resource } from "millrace";
import { z } from "zod";
import { closeDuckdbFile, holdDuckdbFile, type DuckdbFile, type HeldDuckdbFile } from "./duckdb-file.ts";

const config = z.strictObject({
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
  /** The resource's name, for messages. */
  readonly name: string;
}

type Hold = (signal: AbortSignal) => Promise<HeldDuckdbFile>;

/** How the files of databases are opened. Not for authors: a file that nobody lets go of is never closed. */
const holds = new WeakMap<DuckdbDatabase, Hold>();

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
      const hold: Hold = (signal) => holdDuckdbFile(config, log, signal);
      const database: DuckdbDatabase = {
        name,
        path: config.path,
        schema: config.schema,
        use: async (work) => {
          using file = await hold(ended);
          using opened = await openConnection(file, ended);
          return await work(opened.connection);
        },
      };
      holds.set(database, hold);
      return database;
    },
    teardown: ({ path }) => closeDuckdbFile(path),
  });
}

/** Opens a database's file for the IO manager. @throws TypeError for what `duckdbDatabase` has not made */
export async function holdDatabase(database: DuckdbDatabase, signal: AbortSignal): Promise<HeldDuckdbFile> {
  const hold = holds.get(database);
  if (hold === undefined)
    throw new TypeError(
      "The database of an IO manager is one that duckdbDatabase has made: where its resource is replaced, replace the IO manager too",
    );
  return hold(signal);
}

/** A connection whose queries end when the signal is aborted. */
export async function openConnection(
  { instance }: DuckdbFile,
  signal: AbortSignal,
): Promise<Disposable & { readonly connection: DuckDBConnection }> {
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  const close = (): void => {
    signal.removeEventListener("abort", interrupt);
    connection.closeSync();
  };
  try {
    // Times without a zone are UTC, whatever the machine's own zone is.
    await connection.run("set timezone = 'UTC'");
  } catch (error) {
    close();
    throw error;
  }
  return { connection, [Symbol.dispose]: close };
}
