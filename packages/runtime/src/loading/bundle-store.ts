import { randomUUID } from "node:crypto";
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { explainNoRoom } from "@millrace/model/errors/no-room-left";
import { COURIER_FILE, ENGINE_FILE, SDK_FILES, STEP_FILE, WORKER_FILE } from "./bundle-files.ts";
import type { Engine } from "./engine.ts";

/** What processes start with and authors' code imports; the engine's other files find each other where they really are. */
const SHARED_FILES: ReadonlySet<string> = new Set([
  ...Object.values(SDK_FILES),
  WORKER_FILE,
  STEP_FILE,
  COURIER_FILE,
]);

interface BundleFile {
  readonly path: string;
  readonly contents: Uint8Array;
}

/** The folder of engines in a project's `.millrace`. */
const ENGINES = "engines";

/** Bundles that are kept however old they are; what is deployed or rolled back is among them. */
const KEPT_BUNDLES = 10;
/** A bundle that was built or reused within a day may still be the one a run works with. */
const KEPT_MS = 24 * 60 * 60 * 1_000;

/**
 * Writes a bundle's files into the folder of its digest, in one step, unless they are there; removes bundles that have not
 * been used for a day, but for the ten newest, and engines that no bundle is left of.
 *
 * @param engine what lies beside the author's code. All bundles share its files by links: a process knows a file by its real
 *   place, so that Node's compile cache has one entry for it instead of one for each bundle.
 * @returns the bundle's folder.
 */
export async function storeBundle(
  workingDirectory: string,
  digest: string,
  files: readonly BundleFile[],
  engine: Engine,
): Promise<string> {
  const home = join(workingDirectory, ".millrace");
  const bundles = join(home, "bundles");
  const directory = join(bundles, digest);
  await mkdir(bundles, { recursive: true });
  await writeFile(join(home, ".gitignore"), "*\n");
  const engines = join(home, ENGINES);
  await placeEngine(engines, engine);
  const now = new Date();
  const isThere = await utimes(directory, now, now).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await writeFolder(directory, async (unfinished) => {
      const links = engine.files.map((path) => basename(path)).filter((name) => SHARED_FILES.has(name));
      await Promise.all([
        ...files.map(({ path, contents }) => writeFile(join(unfinished, basename(path)), contents)),
        ...links.map((name) => symlink(join("../..", ENGINES, engine.digest, name), join(unfinished, name))),
      ]);
    });
  }
  await pruneBundles(bundles, now.getTime());
  await pruneEngines(engines, bundles, now.getTime());
  return directory;
}

/** The engine's files within the project, where nobody but its bundles decides how long they stay. */
async function placeEngine(engines: string, engine: Engine): Promise<void> {
  const directory = join(engines, engine.digest);
  await mkdir(engines, { recursive: true });
  if (await isFolder(directory)) return;
  await writeFolder(directory, async (unfinished) => {
    await Promise.all(engine.files.map((path) => linkOrCopy(path, join(unfinished, basename(path)))));
  });
}

/** Makes a folder that is complete or not there. */
async function writeFolder(directory: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = join(dirname(directory), `.${randomUUID()}`);
  try {
    await mkdir(unfinished);
    await fill(unfinished);
    await rename(unfinished, directory);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another code server of the same code was faster.
    if (!(await isFolder(directory)))
      throw explainNoRoom("The bundle of the code can't be kept", directory, error);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** The same file under another name; a copy where file systems or their rules do not allow that. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

/** A young one may be another code server's, whose bundle is about to be written. */
async function pruneEngines(engines: string, bundles: string, now: number): Promise<void> {
  const links = await Promise.all(
    (await readdir(bundles)).map((name) => readlink(join(bundles, name, ENGINE_FILE)).catch(() => "")),
  );
  const used = new Set(links.map((target) => basename(dirname(target))));
  for (const name of await readdir(engines)) {
    const path = join(engines, name);
    const stats = await stat(path).catch(() => null);
    if (!used.has(name) && stats !== null && stats.mtimeMs < now - KEPT_MS)
      await rm(path, { recursive: true, force: true });
  }
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
