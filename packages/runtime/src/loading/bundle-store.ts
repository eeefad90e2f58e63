import { randomUUID } from "node:crypto";
import { copyFile, link, mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** Bundles that are kept however old they are; what is deployed or rolled back is among them. */
const KEPT_BUNDLES = 10;
/** A bundle that was built or reused within a day may still be the one a run works with. */
const KEPT_MS = 24 * 60 * 60 * 1_000;

/**
 * Writes a bundle's files into the folder of its digest, in one step, unless they are there; removes bundles that have not
 * been used for a day, but for the ten newest.
 *
 * @param others absolute paths of files that are there already, for bundles to share.
 * @returns the bundle's folder.
 */
export async function storeBundle(
  workingDirectory: string,
  digest: string,
  files: readonly { readonly path: string; readonly contents: Uint8Array }[],
  others: readonly string[],
): Promise<string> {
  const home = join(workingDirectory, ".millrace");
  const bundles = join(home, "bundles");
  const directory = join(bundles, digest);
  await mkdir(bundles, { recursive: true });
  await writeFile(join(home, ".gitignore"), "*\n");
  const now = new Date();
  const isThere = await utimes(directory, now, now).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const unfinished = join(bundles, `.${randomUUID()}`);
    await mkdir(unfinished);
    await Promise.all([
      ...files.map(({ path, contents }) => writeFile(join(unfinished, basename(path)), contents)),
      ...others.map((path) => linkOrCopy(path, join(unfinished, basename(path)))),
    ]);
    await rename(unfinished, directory).catch(async (error: unknown) => {
      await rm(unfinished, { recursive: true });
      // Another code server of the same code was faster.
      if (!(await stat(directory).catch(() => null))) throw error;
    });
  }
  await pruneBundles(bundles, now.getTime());
  return directory;
}

/** The same file under another name; a copy where file systems or their rules do not allow that. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

async function pruneBundles(bundles: string, now: number): Promise<void> {
  const found = await Promise.all(
    (await readdir(bundles)).map(async (name) => {
      const path = join(bundles, name);
      const usedAt = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => now, // Another code server has just removed it.
      );
      return { path, usedAt };
    }),
  );
  const old = found
    .sort((a, b) => b.usedAt - a.usedAt)
    .slice(KEPT_BUNDLES)
    .filter(({ usedAt }) => usedAt < now - KEPT_MS);
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })));
}
