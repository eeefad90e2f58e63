import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { resource } from "millrace";
import { z } from "zod";

/** A table that an asset made: a Parquet file. This small value is what flows between assets; DuckDB reads the file. */
export interface Table {
  readonly path: string;
  readonly rows: number;
}

/** A value of a DuckDB cell in JSON form. */
export type Cell = string | number | boolean | null;

/** DuckDB over a folder of Parquet files. Every run has one of its own, so runs never wait for each other. */
export interface Warehouse {
  /** Rows of a query, numbers as numbers. */
  query(sql: string): Promise<Record<string, Cell>[]>;
  /** Writes the rows of a query as the table `name`; readers see the old table or the new one, nothing between. */
  save(name: string, select: string): Promise<Table>;
  /** Names and types of a table's columns. */
  columns(table: Table): Promise<{ name: string; type: string }[]>;
  close(): void;
}

/** The warehouse as assets use it: `resources: { warehouse }`. */
export const warehouse = resource("warehouse", {
  description: "DuckDB over a folder of Parquet files",
  config: z.object({
    folder: z
      .string()
      .default(".millrace/data")
      .describe("Folder of the Parquet files, relative to the project"),
    threads: z.number().int().min(1).default(2).describe("Threads that DuckDB may use in one run"),
  }),
  setup: async (context) => openWarehouse(resolve(context.config.folder), context.config.threads),
  teardown: (opened) => opened.close(),
});

/** Opens a warehouse; tests open one in a temporary folder. */
export async function openWarehouse(folder: string, threads = 2): Promise<Warehouse> {
  // Loaded here, so that a worker that only waits does not carry DuckDB in its memory.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:", { threads: String(threads) });
  const connection = await instance.connect();

  async function query(sql: string): Promise<Record<string, Cell>[]> {
    const reader = await connection.runAndReadAll(sql);
    return reader
      .getRowObjects()
      .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toCell(value)])));
  }

  return {
    query,
    async save(name, select) {
      const path = join(folder, `${name}.parquet`);
      const unfinished = `${path}.${process.pid}.part`;
      await mkdir(dirname(path), { recursive: true });
      try {
        const [counted] = await query(`copy (${select}) to '${quote(unfinished)}' (format parquet)`);
        await rename(unfinished, path);
        return { path, rows: Number(counted?.["Count"]) };
      } finally {
        await rm(unfinished, { force: true });
      }
    },
    async columns(table) {
      const rows = await query(`describe select * from ${from(table)}`);
      return rows.map((row) => ({ name: String(row["column_name"]), type: String(row["column_type"]) }));
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A table in the FROM clause of a query. */
export function from(table: Table): string {
  return `'${quote(table.path)}'`;
}

/** Text inside single quotes of SQL. */
export function quote(text: string): string {
  return text.replaceAll("'", "''");
}

function toCell(value: unknown): Cell {
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  return typeof value === "bigint" ? Number(value) : String(value);
}
