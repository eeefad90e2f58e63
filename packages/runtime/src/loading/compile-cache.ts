import { readdirSync, rmSync, statSync, type Stats } from "node:fs";
import { getCompileCacheDir } from "node:module";
import { join } from "node:path";

/** A version of a location with 1,000 assets takes 160 KB, everything else 2 MB. */
const MAX_BYTES = 32 * 1_024 * 1_024;

/** So many files take a hundredth of a second; the next code server goes on. */
const MAX_REMOVED = 500;

/**
 * Removes what was compiled longest ago while there is too much of it, since Node never does: each version of a code location
 * leaves an entry. What is still in use is compiled once more. Does nothing when the folder is not ours. There may be
 * thousands of files, of which promises would leave a process with tens of megabytes: it does without.
 *
 * @param folder where Node keeps what it has compiled; null: nowhere.
 */
export function pruneCompileCache(
  folder: string | null = getCompileCacheDir() ?? null,
  maxBytes: number = MAX_BYTES,
): void {
  if (folder === null || !/[/\\]millrace[/\\]compiled[/\\]/.test(folder)) return;
  const paths = readdirSync(folder).map((name) => join(folder, name));
  let excess = paths.reduce((sum, path) => sum + (look(path)?.size ?? 0), 0) - maxBytes;
  if (excess <= 0) return;
  const written = new Map(paths.map((path) => [path, look(path)?.mtimeMs ?? 0]));
  const oldest = paths.toSorted((a, b) => (written.get(a) ?? 0) - (written.get(b) ?? 0));
  for (const path of oldest.slice(0, MAX_REMOVED)) {
    excess -= look(path)?.size ?? 0;
    rmSync(path, { force: true });
    if (excess <= 0) return;
  }
}

/** Another process may just have removed it. */
function look(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
