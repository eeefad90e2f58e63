import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../packages/control-plane/src/database/embedded/embedded-postgres.ts";
import type { Bench } from "./bench.ts";

const SIZES = [1_000_000, 10_000_000];
/** Arrays are held whole: ten million rows of them are for nobody. */
const LARGEST_ARRAY = 1_000_000;
const CASES = ["in", "out", "through", "own_out", "own_in", "array_in", "array_out"];

/**
 * Rows of four columns in and out of tables, each case in a process of its own.
 *
 * - `in`, `out`, `through`: a stream of rows into a table, out of it, and out of it through an asset into another one.
 * - `own_out`, `own_in`: the database's own tools beside them: what `\copy` does with a file, and DuckDB's own Parquet.
 * - `array_in`, `array_out`: the same rows as an array.
 * - `seconds`; `peak_mb`: the largest resident set of the process, with DuckDB in it and PostgreSQL beside it; `longest_pause_ms`:
 *   how long the event loop stood still at most.
 */
export const bench: Bench = async function* () {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  const postgres = await startEmbeddedPostgres({ home: folder, logger: pino({ level: "error" }) });
  try {
    for (const rows of SIZES) {
      for (const store of ["postgres", "duckdb"]) {
        const place = store === "postgres" ? postgres.url : join(folder, `lake-${rows}.duckdb`);
        for (const what of CASES) {
          if (what.startsWith("array") && rows > LARGEST_ARRAY) continue;
          yield {
            bench: "tables",
            store,
            rows,
            case: what,
            ...(await measure(store, what, rows, place, folder)),
          };
        }
      }
    }
  } finally {
    await postgres.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function measure(
  store: string,
  what: string,
  rows: number,
  place: string,
  folder: string,
): Promise<object> {
  const script = join(import.meta.dirname, "tables-case.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--max-old-space-size=4096",
    script,
    store,
    what,
    String(rows),
    place,
    folder,
  ]);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}") as object;
}
