// The process that `loadProgram` starts: it builds, which leaves much behind in memory, and keeps what it has built.
import { readdirSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { bundleOptions } from "@millrace/runtime/loading/bundle-options";
import { keepBuild, type Build } from "@millrace/runtime/loading/kept-build";
import { tryLockFile } from "@millrace/protocol/homes/file-lock";
import { PROGRAMS, programsFolder, programsSeed } from "./programs.ts";

const HERE = dirname(fileURLToPath(import.meta.url));

/** Packages take Node's own modules, and what may not be there, with this. */
const REQUIRE = `const require = process.getBuiltinModule("node:module").createRequire(${JSON.stringify(import.meta.url)});`;

/**
 * Makes one file each of the programs and of all packages that they need: nothing is left to be loaded later, when the files of this
 * version may be gone.
 *
 * @param folder where the files will lie.
 */
async function buildPrograms(folder: string): Promise<Build> {
  const entries = Object.entries(PROGRAMS).map(([file, source]) => [file, join(HERE, source)]);
  const { outputFiles, metafile } = await build({
    ...bundleOptions(folder, Object.fromEntries(entries), [leavePackages()]),
    // As deep as the folder of a digest, so that the paths in source maps are right there.
    outdir: join(folder, "digest"),
    splitting: false,
    minifyWhitespace: true,
    legalComments: "none",
    // Node would read a map that a file names while it loads the file.
    sourcemap: "external",
    // Those that Node goes by.
    conditions: ["node-addons", "module-sync"],
    banner: { js: REQUIRE },
    metafile: true,
  });
  const read = Object.keys(metafile.inputs).map((input) => resolve(folder, input));
  const manifests = read.flatMap((file) => findPackageJSON(pathToFileURL(file)) ?? []);
  const builders = readdirSync(HERE).map((name) => join(HERE, name));
  return {
    files: outputFiles.map(({ path, contents }) => ({ path: basename(path), contents })),
    sources: [...new Set([...read, ...manifests, ...builders])],
  };
}

/** The bundler starts a program that lies beside it; AWS's client is large, and few have a bucket. */
function leavePackages(): Plugin {
  return {
    name: "millrace-packages",
    setup: (bundler) =>
      bundler.onResolve({ filter: /^(?:esbuild|@aws-sdk\/client-s3)$/ }, ({ path }) => ({
        path: import.meta.resolve(path),
        external: true,
      })),
  };
}

const folder = programsFolder();
const lock = tryLockFile(join(folder, "building"));
// Whoever else is asked meanwhile does not wait for it.
if (lock !== null) {
  await keepBuild(folder, programsSeed(), buildPrograms);
  lock.release();
}
