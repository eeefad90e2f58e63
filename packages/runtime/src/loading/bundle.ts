import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, stop, type BuildOptions, type BuildResult } from "esbuild";

import { DEFINITIONS_FILE, WORKER_FILE } from "./bundle-files.ts";
import { digestOf } from "./bundle-digest.ts";
import { bundleOptions } from "./bundle-options.ts";
import { storeBundle } from "./bundle-store.ts";
import {
  DefinitionsNotLoaded,
  describeBuildFailure,
  describeMessage,
  listUnresolved,
} from "./loading-errors.ts";
import { prepareEngine, type Engine } from "./engine.ts";
import { importAssets, TEXT_LOADERS } from "./import-assets.ts";
import { resolveImports } from "./resolve-imports.ts";
import { forgetsToWait, listWaiting, refuseRequiredWaiting, waitInCircle } from "./waiting-modules.ts";
import { ENTRY, wrapFiles } from "./wrap-files.ts";

/** One version of a code location as JavaScript on disk, ready to be loaded by code servers and run workers. */
export interface Bundle {
  /** SHA-256 of its files, hex: equal code has an equal digest. */
  readonly digest: string;
  readonly directory: string;
  /** `worker.mjs`: what a run worker loads. */
  readonly worker: string;
  /** What the bundler finds odd about the code, with file and line. */
  readonly warnings: readonly string[];
}

/**
 * Bundles a code location into `<workingDirectory>/.millrace/bundles/<digest>/`, or finds it there. The bundler's own
 * process has ended when this returns.
 *
 * @param onSource told of each of the author's files that is read for it, and of those that it imports and that are not there.
 * @throws DefinitionsNotLoaded naming file, line and column of every syntax error and unresolved import.
 */
export async function bundleLocation(
  workingDirectory: string,
  entry: string,
  onSource: (file: string) => void = () => {},
): Promise<Bundle> {
  if (!existsSync(join(workingDirectory, entry))) {
    throw new DefinitionsNotLoaded(
      "definitions_missing",
      `There is no file ${entry} in ${workingDirectory}, which should export the definitions`,
    );
  }
  const [{ outputFiles, warnings }, engine] = await buildBoth(resolve(workingDirectory), entry, onSource);
  const files = outputFiles.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const digest = digestOf(files, engine.digest);
  const directory = await storeBundle(workingDirectory, digest, files, engine);
  return { digest, directory, worker: join(directory, WORKER_FILE), warnings: warnings.map(describeMessage) };
}

async function buildBoth(
  folder: string,
  entry: string,
  onSource: (file: string) => void,
): Promise<readonly [Built, Engine]> {
  try {
    return await Promise.all([
      buildFiles(folder, entry, onSource),
      prepareEngine(join(folder, ".millrace/engine-builds")),
    ]);
  } finally {
    await stop();
  }
}

async function buildFiles(
  workingDirectory: string,
  entry: string,
  onSource: (file: string) => void,
): Promise<Built> {
  try {
    return await buildFirstRight(workingDirectory, entry, onSource);
  } catch (error) {
    for (const file of listUnresolved(error, workingDirectory)) onSource(file);
    throw describeBuildFailure(error);
  }
}

/**
 * Builds in the first form that awaits whatever files await while they are loaded. As functions they start fastest, and it is right but for
 * circles and `export * from` files that wait; joined it is right but for such files that `import()` loads. The last form is always right;
 * only that files which `import()` loads too may be loaded sooner than the imports before them.
 */
async function buildFirstRight(
  workingDirectory: string,
  entry: string,
  onSource: (file: string) => void,
): Promise<Built> {
  for (const form of ["functions", "joined"] as const) {
    const built = await build(options(workingDirectory, entry, form, onSource));
    const { outputFiles, metafile } = built;
    const text = outputFiles.find(({ path }) => path.endsWith(DEFINITIONS_FILE))?.text ?? "";
    const waiting = listWaiting(text);
    refuseRequiredWaiting(metafile, waiting);
    if (!waitInCircle(metafile, waiting) && !forgetsToWait(text)) return built;
  }
  return build(options(workingDirectory, entry, "split", onSource));
}

type Built = Pick<BuildResult<LocationBuild>, "outputFiles" | "warnings">;

/** How the author's files stand in the bundle: each as a function, joined in one, or joined in one for each `import()`. */
type BundleForm = "functions" | "joined" | "split";

type LocationBuild = BuildOptions & { readonly write: false; readonly metafile: true };

/** The author's CommonJS files, and those of workspaces beside it, take Node's own modules and packages with this. */
const REQUIRE = `const require = process.getBuiltinModule("node:module").createRequire(new URL("../../../package.json", import.meta.url));`;

function options(
  workingDirectory: string,
  entry: string,
  form: BundleForm,
  onSource: (file: string) => void,
): LocationBuild {
  const plugins = [
    wrapFiles(join(workingDirectory, entry), form === "functions"),
    resolveImports(workingDirectory),
    importAssets(),
  ];
  return {
    ...bundleOptions(workingDirectory, { [DEFINITIONS_FILE]: ENTRY }, plugins, onSource),
    splitting: form === "split",
    loader: TEXT_LOADERS,
    // Those that Node goes by: what it loads and what is bundled must be the same copy of a package.
    conditions: ["node-addons", "module-sync"],
    banner: { js: REQUIRE },
    metafile: true,
    // Authors may read the names of their functions and classes.
    keepNames: true,
  };
}
