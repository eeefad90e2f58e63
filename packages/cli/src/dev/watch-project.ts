import { basename, relative } from "node:path";
import { once } from "node:events";
import { watch } from "chokidar";

/** Changes within this time are one change: editors write a file in several steps. */
const SETTLE_MS = 40;
const PASSED_OVER = new Set(["node_modules", ".millrace", ".git", "dist"]);
/** What runs write into a project's folder and no definition is made of: databases, with what they keep beside them, and logs. */
const DATA_FILE = /\.(duckdb|db|sqlite3?|parquet|log)(\.wal|-wal|-shm|-journal)?$/;

/**
 * Calls `onChange` with a changed file (relative to the folder) until the signal is aborted. Generated and installed folders,
 * databases and logs do not count. Resolves once no change can be missed any more.
 */
export async function watchProject(
  folder: string,
  onChange: (file: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path) => path !== folder && (PASSED_OVER.has(basename(path)) || DATA_FILE.test(path)),
  });
  watcher.on("all", (_event, path) => {
    clearTimeout(timer);
    timer = setTimeout(() => onChange(relative(folder, path)), SETTLE_MS);
  });
  watcher.on("error", (error) => console.error(`The project can't be watched for changes: ${String(error)}`));
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    void watcher.close();
  });
  await once(watcher, "ready", { signal });
}
