import { join } from "node:path";
import type { BuildOptions, Plugin } from "esbuild";
import { PLACES, keepPlaces } from "./keep-places.ts";

/**
 * How files of a bundle are made, of the author's code and of the engine alike.
 *
 * @param entries source files by the name of the file in the bundle.
 * @param onSource told of each source file that is read, an absolute path.
 */
export function bundleOptions(
  workingDirectory: string,
  entries: Readonly<Record<string, string>>,
  plugins: readonly Plugin[],
  onSource: (file: string) => void = () => {},
): BuildOptions & { readonly write: false } {
  return {
    write: false,
    absWorkingDir: workingDirectory,
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([file, source]) => [file.slice(0, -".mjs".length), source]),
    ),
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
    define: PLACES,
    plugins: [...plugins, keepPlaces(onSource)],
    logLevel: "silent",
  };
}
