import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, version, type OutputFile } from "esbuild";
import { digestOf } from "./bundle-digest.ts";
import { bundleOptions } from "./bundle-options.ts";
import { COURIER_FILE, ENGINE_FILE, SDK_FILES, STEP_FILE, WORKER_FILE } from "./bundle-files.ts";
import { QUICK_BUILTIN, quickBuiltins } from "./quick-builtins.ts";
import { resolveImports } from "./resolve-imports.ts";

/** What every bundle holds beside the author's code: the SDK, and the processes that run it. */
export interface Engine {
  /** SHA-256 of its files, hex. */
  readonly digest: string;
  /** Absolute paths; their names are those in a bundle. */
  readonly files: readonly string[];
}

/** What is remembered of an engine that was built: it holds for as long as none of its sources has changed. */
interface EngineRecord extends Engine {
  readonly sources: readonly (readonly [path: string, modified: number, size: number])[];
}

const HERE = dirname(fileURLToPath(import.meta.url));
const ENGINE = { [ENGINE_FILE]: join(HERE, "../engine/engine.ts") };
/** Apart from the engine: it runs in a thread of its own, which shares nothing with it. */
const COURIER = { [COURIER_FILE]: join(HERE, "../run-worker/courier-thread.ts") };
/** An engine that nobody has built or looked up for so long belongs to no version in use. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1_000;

/**
 * Builds the engine, or finds it as an earlier process has built it from the same sources: it is the same for every code
 * location, and takes longer to build than the code of a thousand assets.
 *
 * @param fallback folder for the engine when the user has no folder for caches that can be written.
 */
export async function prepareEngine(fallback: string): Promise<Engine> {
  for (const folder of [join(cacheFolder(), "millrace/engines"), fallback]) {
    const record = join(folder, `${recordName()}.json`);
    const known = findEngine(record);
    if (known !== null) return known;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return await buildEngine(folder, record);
    } catch (error) {
      if (folder === fallback || !isUnwritable(error)) throw error;
    }
  }
  throw new Error("There is no folder for the engine");
}

/** One record for each installation: several versions may take turns on a machine. */
function recordName(): string {
  return createHash("sha256").update(`${HERE}\n${version}\n${process.version}`).digest("hex").slice(0, 32);
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME: given } = process.env;
  return given ? resolve(given) : join(homedir(), ".cache");
}

function findEngine(record: string): Engine | null {
  try {
    const { digest, files, sources } = JSON.parse(readFileSync(record, "utf8")) as EngineRecord;
    const isCurrent = sources.every(([path, modified, size]) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      return stats?.mtimeMs === modified && stats.size === size;
    });
    return isCurrent && files.every((file) => statSync(file, { throwIfNoEntry: false }))
      ? { digest, files }
      : null;
  } catch {
    return null; // There is none, or another version wrote it.
  }
}

async function buildEngine(folder: string, record: string): Promise<Engine> {
  const startedAt = Date.now();
  const builds = await Promise.all(
    [ENGINE, COURIER].map((entries) =>
      build({
        ...bundleOptions(folder, entries, [quickBuiltins(), resolveImports(folder)]),
        metafile: true,
      }),
    ),
  );
  const inputs = new Set(builds.flatMap(({ metafile }) => Object.keys(metafile.inputs)));
  // How it is built counts as much as what from: the files beside this one.
  const builders = readdirSync(HERE).map((name) => join(HERE, name));
  const read = [...inputs].filter((input) => !input.startsWith(QUICK_BUILTIN));
  const sources = [...read.map((input) => resolve(folder, input)), ...builders].map((path) => {
    const { mtimeMs, size } = statSync(path);
    return [path, mtimeMs, size] as const;
  });
  const made = builds.flatMap(({ outputFiles }) => outputFiles.map(withAbsoluteSources));
  const files = [...made, ...(await listStubs())].toSorted((a, b) => (a.path < b.path ? -1 : 1));
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
  const engine = { digest, files: files.map(({ path }) => join(directory, basename(path))) };
  // A source that changed meanwhile may not be in what was built.
  if (sources.every(([, modified]) => modified < startedAt)) {
    writeFileSync(`${record}.${process.pid}`, JSON.stringify({ ...engine, sources } satisfies EngineRecord));
    renameSync(`${record}.${process.pid}`, record);
  }
  pruneEngines(folder, directory);
  return engine;
}

/** The files that only name parts of the engine's. */
async function listStubs(): Promise<Pick<OutputFile, "path" | "contents">[]> {
  const engine = JSON.stringify(`./${ENGINE_FILE}`);
  const parts = [
    {
      file: SDK_FILES["millrace/processes"],
      part: "millraceProcesses",
      exports: await import("millrace/processes"),
    },
    { file: SDK_FILES["millrace/tables"], part: "millraceTables", exports: await import("millrace/tables") },
    {
      file: SDK_FILES["millrace/testing"],
      part: "millraceTesting",
      exports: await import("millrace/testing"),
    },
  ];
  const texts: Record<string, string> = {
    [WORKER_FILE]: `export { runWorker } from ${engine};\n`,
    [STEP_FILE]: [
      // Before anything is loaded: a step waits for as long as its process takes to start. As `millrace` does it.
      `const { HOME, XDG_CACHE_HOME, NODE_COMPILE_CACHE } = process.env;`,
      `const caches = XDG_CACHE_HOME || (HOME && HOME + "/.cache");`,
      `const { enableCompileCache, constants } = process.getBuiltinModule("node:module");`,
      `const own = caches && !NODE_COMPILE_CACHE ? caches + "/millrace/compiled" : undefined;`,
      `if (enableCompileCache(own).status === constants.compileCacheStatus.FAILED) enableCompileCache();`,
      `const { runStepProcess } = await import(${engine});`,
      `await runStepProcess();\n`,
    ].join("\n"),
  };
  for (const { file, part, exports } of parts)
    texts[file] =
      `import { ${part} } from ${engine};\nexport const { ${Object.keys(exports).join(", ")} } = ${part};\n`;
  return Object.entries(texts).map(([path, text]) => ({ path, contents: Buffer.from(text) }));
}

/** Names sources by their place on the machine: the engine's files are used from many folders. */
function withAbsoluteSources(file: OutputFile): Pick<OutputFile, "path" | "contents"> {
  if (!file.path.endsWith(".map")) return file;
  const map = JSON.parse(file.text) as { sources: string[] };
  const sources = map.sources.map((source) => pathToFileURL(resolve(dirname(file.path), source)).href);
  return { path: file.path, contents: Buffer.from(JSON.stringify({ ...map, sources })) };
}

function pruneEngines(folder: string, current: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (path !== current && stats && stats.mtimeMs < Date.now() - KEPT_MS)
      rmSync(path, { recursive: true, force: true });
  }
}

function isUnwritable(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "EACCES" || code === "EROFS" || code === "EPERM" || code === "ENOENT" || code === "ENOTDIR";
}
