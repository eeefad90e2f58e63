import { createHash, randomUUID } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { digestOf } from "./bundle-digest.ts";

/** Files that were built of others, in a folder that processes of one installation share. */
export interface KeptBuild {
  /** SHA-256 of its files, hex. */
  readonly digest: string;
  /** Absolute paths. */
  readonly files: readonly string[];
}

/** What a build has made, and of what. */
export interface Build {
  /** The folders of their paths are dropped. */
  readonly files: readonly { readonly path: string; readonly contents: Uint8Array }[];
  /** Absolute paths of all that it was made of. */
  readonly sources: readonly string[];
}

/** What is remembered of a build: it holds for as long as none of its sources has changed. */
interface BuildRecord extends KeptBuild {
  readonly sources: readonly (readonly [path: string, modified: number, changed: number, size: number])[];
}

/** A build that nobody has made or looked up for so long is made again by whoever needs it. */
const KEPT_MS = 24 * 60 * 60 * 1_000;

/** The folder for builds of a kind, such as `engines`, among the user's caches. */
export function buildsFolder(kind: string): string {
  const { XDG_CACHE_HOME: given } = process.env;
  return join(given ? resolve(given) : join(homedir(), ".cache"), "millrace", kind);
}

/**
 * Finds what an earlier process has built from the same sources.
 *
 * @param seed what tells builds of several installations apart: they may take turns on a machine.
 * @returns null when there is none, or a source has changed since.
 */
export function findBuild(folder: string, seed: string): KeptBuild | null {
  try {
    const { digest, files, sources } = JSON.parse(
      readFileSync(recordOf(folder, seed), "utf8"),
    ) as BuildRecord;
    const isCurrent = sources.every(([path, modified, changed, size]) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats?.mtimeMs === modified && stats.ctimeMs === changed && stats.size === size;
    });
    if (!isCurrent || !files.every((file) => statSync(file, { throwIfNoEntry: false }))) return null;
    const now = new Date();
    utimesSync(join(folder, digest), now, now);
    return { digest, files };
  } catch {
    return null; // There is none, or another version wrote it.
  }
}

/**
 * Builds, and leaves what was built and a record of its sources in `folder` for later processes.
 *
 * @param folder made if it is not there.
 * @throws when the folder can't be written (see `isUnwritable`), or whatever `build` throws.
 */
export async function keepBuild(
  folder: string,
  seed: string,
  build: (folder: string) => Promise<Build>,
): Promise<KeptBuild> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const startedAt = Date.now();
  const built = await build(folder);
  const sources = built.sources.map((path) => {
    const { mtimeMs, ctimeMs, size } = statSync(path);
    return [path, mtimeMs, ctimeMs, size] as const;
  });
  const files = built.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const digest = digestOf(files);
  const directory = join(folder, digest);
  const draft = join(folder, `.${randomUUID()}`);
  mkdirSync(draft);
  for (const { path, contents } of files) writeFileSync(join(draft, basename(path)), contents);
  try {
    renameSync(draft, directory);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!statSync(directory, { throwIfNoEntry: false })) throw error; // Another process was faster.
  }
  const kept = { digest, files: files.map(({ path }) => join(directory, basename(path))) };
  // A source that changed meanwhile may not be in what was built.
  if (sources.every(([, , changed]) => changed < startedAt)) {
    const record = recordOf(folder, seed);
    writeFileSync(`${record}.${process.pid}`, JSON.stringify({ ...kept, sources } satisfies BuildRecord));
    renameSync(`${record}.${process.pid}`, record);
  }
  prune(folder, directory);
  return kept;
}

/** Whether a folder can't be written, be it that one may not or that a file stands in its way. */
export function isUnwritable(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "EACCES" || code === "EROFS" || code === "EPERM" || code === "ENOENT" || code === "ENOTDIR";
}

function recordOf(folder: string, seed: string): string {
  const name = createHash("sha256").update(`${seed}\n${process.version}`).digest("hex").slice(0, 32);
  return join(folder, `${name}.json`);
}

function prune(folder: string, current: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (path !== current && stats && stats.mtimeMs < Date.now() - KEPT_MS)
      rmSync(path, { recursive: true, force: true });
  }
}
