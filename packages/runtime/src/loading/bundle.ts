import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, stop, type BuildOptions, type OutputFile } from "esbuild";

import { COURIER_FILE, DEFINITIONS_FILE, SDK_FILE, WORKER_FILE } from "./bundle-files.ts";
import { storeBundle } from "./bundle-store.ts";
import { DefinitionsNotLoaded, describeBuildFailure } from "./loading-errors.ts";
import { IMPORT_META, keepImportMeta, resolveImports } from "./resolve-imports.ts";
import { ENTRY, SDK, wrapFiles } from "./wrap-files.ts";

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
  const files = await buildFiles(resolve(workingDirectory), entry);
  const hash = createHash("sha256");
  for (const { path, contents } of files)
    hash.update(`${basename(path)}\n${contents.length}\n`).update(contents);
  const digest = hash.digest("hex");
  const directory = await storeBundle(workingDirectory, digest, files);
  return { digest, directory, worker: join(directory, WORKER_FILE) };
}

async function buildFiles(workingDirectory: string, entry: string): Promise<readonly OutputFile[]> {
  try {
    const { outputFiles } = await build(buildOptions(workingDirectory, entry, true)).catch(
      (error: unknown) => {
        if (!hasTopLevelAwait(error)) throw error;
        return build(buildOptions(workingDirectory, entry, false));
      },
    );
    return outputFiles.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  } catch (error) {
    throw describeBuildFailure(error);
  } finally {
    await stop();
  }
}

/** Whether files could not become functions because one of them awaits something while it is loaded. */
function hasTopLevelAwait(failure: unknown): boolean {
  return failure instanceof Error && /contains a top-level await/.test(failure.message);
}

function buildOptions(
  workingDirectory: string,
  entry: string,
  wrapped: boolean,
): BuildOptions & { readonly write: false } {
  return {
    write: false,
    absWorkingDir: workingDirectory,
    entryPoints: {
      [withoutExtension(DEFINITIONS_FILE)]: ENTRY,
      [withoutExtension(SDK_FILE)]: SDK,
      [withoutExtension(WORKER_FILE)]: fileURLToPath(new URL("../run-worker/run-worker.ts", import.meta.url)),
      [withoutExtension(COURIER_FILE)]: fileURLToPath(
        new URL("../run-worker/courier-thread.ts", import.meta.url),
      ),
    },
    // As deep as the folder of a digest, so that the paths in source maps are right there.
    outdir: join(workingDirectory, ".millrace/bundles/digest"),
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    sourcemap: "linked",
    sourcesContent: false,
    keepNames: true,
    define: IMPORT_META,
    plugins: [
      wrapFiles(join(workingDirectory, entry), wrapped),
      resolveImports(workingDirectory),
      keepImportMeta(),
    ],
    logLevel: "silent",
  };
}

function withoutExtension(file: string): string {
  return file.slice(0, -".mjs".length);
}
