import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { findPackageJSON, isBuiltin } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { OnResolveArgs, OnResolveResult, Plugin } from "esbuild";
import { isAsset } from "./import-assets.ts";

/**
 * Decides for every import of a code location whether it becomes part of the bundle.
 *
 * Inlined: relative files, `millrace` and `@millrace/*` (always the copy that this code server brings, so that definitions
 * and engine are one version), and packages whose sources lie outside of any `node_modules` (workspaces, path aliases).
 * Left to Node: its own modules, and packages from `node_modules`, which may be CommonJS, native or huge, but for what Node can't
 * import by itself, such as their JSON files.
 */
export function resolveImports(workingDirectory: string): Plugin {
  const packages = new Map<string, Promise<string | null>>();

  /** Real folder of the package that `specifier` names when imported by a file in `folder`; null when there is none. */
  function findPackage(specifier: string, folder: string): Promise<string | null> {
    const key = `${packageName(specifier)}\n${folder}`;
    let found = packages.get(key);
    if (found === undefined) packages.set(key, (found = findPackageFolder(specifier, folder)));
    return found;
  }

  return {
    name: "millrace-imports",
    setup(build) {
      build.onResolve({ filter: /^(millrace|@millrace\/[^/]+)(\/|$)/ }, ({ path }) => resolveOwn(path));

      build.onResolve(
        { filter: /^[^./]/ },
        async (args: OnResolveArgs): Promise<OnResolveResult | undefined> => {
          const { path, kind, resolveDir, importer, pluginData } = args;
          if (kind === "entry-point" || pluginData === PASSED_ON) return undefined;
          if (isBuiltin(path)) return { path, external: true };
          const folder = path.startsWith("#") ? null : await findPackage(path, resolveDir);
          if (folder === null || !folder.includes(`${sep}node_modules${sep}`) || isAsset(path))
            return undefined;
          if (
            importer.startsWith(workingDirectory + sep) ||
            (await findPackage(path, workingDirectory)) === folder
          ) {
            return { path, external: true };
          }
          // Node would look for it from the bundle's folder, where it finds another copy or none: name the file.
          const resolved = await build.resolve(path, { kind, resolveDir, importer, pluginData: PASSED_ON });
          if (resolved.errors.length > 0) return { errors: resolved.errors };
          const isRequired = kind === "require-call" || kind === "require-resolve";
          return { path: isRequired ? resolved.path : pathToFileURL(resolved.path).href, external: true };
        },
      );
    },
  };
}

const PASSED_ON = Symbol("already decided");

function resolveOwn(path: string): OnResolveResult | undefined {
  try {
    const file = fileURLToPath(import.meta.resolve(path));
    if (existsSync(file)) return { path: file };
  } catch {
    // Falls through: not one of ours after all, or misspelled; esbuild says where.
  }
  return undefined;
}

async function findPackageFolder(specifier: string, folder: string): Promise<string | null> {
  try {
    const manifest = findPackageJSON(packageName(specifier), pathToFileURL(join(folder, "importer.js")));
    return manifest === undefined ? null : dirname(await realpath(manifest));
  } catch {
    return null;
  }
}

function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
