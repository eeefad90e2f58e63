import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, version, type OutputFile, type Plugin } from "esbuild";
import { bundleOptions } from "./bundle-options.ts";
import { COURIER_FILE, ENGINE_FILE, SDK_FILES, STEP_FILE, WORKER_FILE } from "./bundle-files.ts";
import {
  buildsFolder,
  findBuild,
  isUnwritable,
  keepBuild,
  type Build,
  type KeptBuild,
} from "./kept-build.ts";
import { QUICK_BUILTIN, quickBuiltins } from "./quick-builtins.ts";
import { resolveImports } from "./resolve-imports.ts";

/** What every bundle holds beside the author's code: the SDK, and the processes that run it. Its files' names are those in a bundle. */
export type Engine = KeptBuild;

const HERE = dirname(fileURLToPath(import.meta.url));
const ENGINE = { [ENGINE_FILE]: join(HERE, "../engine/engine.ts") };
/** Apart from the engine: it runs in a thread of its own, which shares nothing with it. */
const COURIER = { [COURIER_FILE]: join(HERE, "../run-worker/courier-thread.ts") };

/**
 * Builds the engine, or finds it as an earlier process has built it from the same sources: it is the same for every code
 * location, and takes longer to build than the code of a thousand assets.
 *
 * @param fallback folder for the engine when the user has no folder for caches that can be written.
 */
export async function prepareEngine(fallback: string): Promise<Engine> {
  const seed = `${HERE}\n${version}`;
  for (const folder of [buildsFolder("engines"), fallback]) {
    const known = findBuild(folder, seed);
    if (known !== null) return known;
    try {
      return await keepBuild(folder, seed, buildEngine);
    } catch (error) {
      if (folder === fallback || !isUnwritable(error)) throw error;
    }
  }
  throw new Error("There is no folder for the engine");
}

async function buildEngine(folder: string): Promise<Build> {
  const builds = await Promise.all(
    [ENGINE, COURIER].map((entries) =>
      build({
        ...bundleOptions(folder, entries, [leaveAws(), quickBuiltins(), resolveImports(folder)]),
        metafile: true,
      }),
    ),
  );
  const inputs = new Set(builds.flatMap(({ metafile }) => Object.keys(metafile.inputs)));
  const read = [...inputs].filter((input) => !input.startsWith(QUICK_BUILTIN));
  // How it is built counts as much as what from: the files beside this one.
  const builders = readdirSync(HERE).map((name) => join(HERE, name));
  const made = builds.flatMap(({ outputFiles }) => outputFiles.map(withAbsoluteSources));
  return {
    files: [...made, ...(await listStubs())],
    sources: [...read.map((input) => resolve(folder, input)), ...builders],
  };
}

/** AWS's client has a thousand files, which would be looked at each time, and few couriers need it. */
function leaveAws(): Plugin {
  return {
    name: "millrace-aws",
    setup: (bundler) =>
      bundler.onResolve({ filter: /^@aws-sdk\/client-s3$/ }, ({ path }) => ({
        path: import.meta.resolve(path),
        external: true,
      })),
  };
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
