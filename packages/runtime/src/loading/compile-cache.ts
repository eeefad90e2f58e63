import { readdir, rm, stat } from "node:fs/promises";
import { getCompileCacheDir } from "node:module";
import { join } from "node:path";

/** A version of a location with 1,000 assets takes 160 KB, everything else 2 MB. */
const MAX_BYTES = 32 * 1_024 * 1_024;

/**
 * Removes what was compiled longest ago while there is too much of it, since Node never does: each version of a code location
 * leaves an entry. What is still in use is compiled once more. Does nothing when the folder is not ours.
 *
 * @param folder where Node keeps what it has compiled; null: nowhere.
 */
export async function pruneCompileCache(
  folder: string | null = getCompileCacheDir() ?? null,
  maxBytes: number = MAX_BYTES,
): Promise<void> {
  if (folder === null || !/[/\\]millrace[/\\]compiled[/\\]/.test(folder)) return;
  const entries = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      const stats = await stat(path).catch(() => null); // Another process has just removed it.
      return { path, size: stats?.size ?? 0, writtenAt: stats?.mtimeMs ?? 0 };
    }),
  );
  let excess = entries.reduce((sum, { size }) => sum + size, 0) - maxBytes;
  for (const { path, size } of entries.toSorted((a, b) => a.writtenAt - b.writtenAt)) {
    if (excess <= 0) return;
    await rm(path, { force: true });
    excess -= size;
  }
}
