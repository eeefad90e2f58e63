import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, stop, type BuildOptions, type OutputFile } from "esbuild";

import { DEFINITIONS_FILE, WORKER_FILE } from "./bundle-files.ts";
import { digestOf } from "./bundle-digest.ts";
import { bundleOptions } from "./bundle-options.ts";
import { storeBundle } from "./bundle-store.ts";
import { DefinitionsNotLoaded, describeBuildFailure } from "./loading-errors.ts";
import { prepareEngine, type Engine } from "./engine.ts";
import { resolveImports } from "./resolve-imports.ts";
import { ENTRY, wrapFiles } from "./wrap-files.ts";

/** One version of a code location as JavaScript on disk, ready to be loaded by code servers and run workers. */
export interface Bundle {
  /** SHA-256 of its files, hex: equal code has an equal digest. */
  readonly digest: string;
  readonly directory: string;
  /** `worker.mjs`: what a run worker loads. */
  readonly worker: string;
}

/**
 * Bundles a code location into `<workingDirectory>/.millrace/bundles/<digest>/`, or finds it there. The bundler's own
 * process has ended when this returns.
 *
 * @throws DefinitionsNotLoaded naming file, line and column of every syntax error and unresolved import.
 */
export async function bundleLocation(workingDirectory: string, entry: string): Promise<Bundle> {
  if (!existsSync(join(workingDirectory, entry))) {
    throw new DefinitionsNotLoaded(
      "definitions_not_built",
      `There is no file ${entry} in ${workingDirectory}, which should export the definitions`,
    );
  }
  const [files, engine] = await buildBoth(resolve(workingDirectory), entry);
  const digest = digestOf(files, engine.digest);
  const directory = await storeBundle(workingDirectory, digest, files, engine);
  return { digest, directory, worker: join(directory, WORKER_FILE) };
}

async function buildBoth(folder: string, entry: string): Promise<readonly [readonly OutputFile[], Engine]> {
  try {
    return await Promise.all([
      buildFiles(folder, entry),
      prepareEngine(join(folder, ".millrace/engine-builds")),
    ]);
  } finally {
    await stop();
  }
}

async function buildFiles(workingDirectory: string, entry: string): Promise<readonly OutputFile[]> {
  try {
    const { outputFiles } = await build(options(workingDirectory, entry, true)).catch((error: unknown) => {
      if (!hasTopLevelAwait(error)) throw error;
      return build(options(workingDirectory, entry, false));
    });
    return outputFiles.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  } catch (error) {
    throw describeBuildFailure(error);
  }
}

/** Whether files could not become functions because one of them awaits something while it is loaded. */
function hasTopLevelAwait(failure: unknown): boolean {
  return failure instanceof Error && /contains a top-level await/.test(failure.message);
}

function options(
  workingDirectory: string,
  entry: string,
  wrapped: boolean,
): BuildOptions & { readonly write: false } {
  const plugins = [wrapFiles(join(workingDirectory, entry), wrapped), resolveImports(workingDirectory)];
  // Authors may read the names of their functions and classes.
  return { ...bundleOptions(workingDirectory, { [DEFINITIONS_FILE]: ENTRY }, plugins), keepNames: true };
}
