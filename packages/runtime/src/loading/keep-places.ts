import { readFile } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { pathToFileURL } from "node:url";
import type { Loader, Plugin } from "esbuild";

/** The names that stand for `import.meta` and its like until each file declares its own. */
export const PLACES = {
  "import.meta": "__millrace_meta",
  __dirname: "__millrace_dirname",
  __filename: "__millrace_filename",
} as const;

/**
 * Lets files that ask where they are get the place of their source, not of the bundle: they read data beside it.
 *
 * @param onSource told of each file that is read, an absolute path.
 */
export function keepPlaces(onSource: (file: string) => void): Plugin {
  return {
    name: "millrace-places",
    setup(build) {
      build.onLoad({ filter: /./, namespace: "file" }, async ({ path }) => {
        onSource(path);
        if (!/\.[cm]?[jt]sx?$/.test(path)) return undefined;
        const contents = await readFile(path, "utf8");
        const declarations = declare(contents, path);
        if (declarations === "") return undefined;
        // On the first line, so that the numbers of all lines stay.
        const start = contents.startsWith("#!") ? contents.indexOf("\n") + 1 : 0;
        return {
          contents: contents.slice(0, start) + declarations + contents.slice(start),
          loader: extname(path).replace(/^\.[cm]?/, "") as Loader,
        };
      });
    },
  };
}

/** What a file needs of the names in `PLACES`; empty: nothing. */
function declare(contents: string, path: string): string {
  const needed: string[] = [];
  if (/\bimport\.meta\b/.test(contents)) {
    const url = pathToFileURL(path).href;
    const fields = { url, filename: path, dirname: dirname(path), main: false };
    const resolve = /\bimport\.meta\.resolve\b/.test(contents) ? `,resolve:${resolver(url)}` : "";
    needed.push(`const __millrace_meta={...${JSON.stringify(fields)}${resolve}};`);
  }
  if (/\b__dirname\b/.test(contents))
    needed.push(`const __millrace_dirname=${JSON.stringify(dirname(path))};`);
  if (/\b__filename\b/.test(contents)) needed.push(`const __millrace_filename=${JSON.stringify(path)};`);
  return needed.join("");
}

/** Source text of `import.meta.resolve` for the file at `url`. */
function resolver(url: string): string {
  const from = JSON.stringify(url);
  const { isBuiltin, createRequire, toUrl } = {
    isBuiltin: `process.getBuiltinModule("node:module").isBuiltin(name)`,
    createRequire: `process.getBuiltinModule("node:module").createRequire(${from})`,
    toUrl: `process.getBuiltinModule("node:url").pathToFileURL`,
  };
  return (
    `(name)=>/^(\\.|\\/|\\w+:)/.test(name)?new URL(name,${from}).href` +
    `:${isBuiltin}?"node:"+name:${toUrl}(${createRequire}.resolve(name)).href`
  );
}
