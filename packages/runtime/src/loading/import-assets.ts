import { extname } from "node:path";
import type { Loader, Plugin } from "esbuild";

/** Files that are text for whoever imports them, by their endings: queries, templates, documents, scripts of other languages, tables. */
export const TEXT_ENDINGS = [
  ".sql",
  ".txt",
  ".text",
  ".md",
  ".html",
  ".htm",
  ".xml",
  ".csv",
  ".tsv",
  ".yaml",
  ".yml",
  ".toml",
  ".ini",
  ".graphql",
  ".gql",
  ".jinja",
  ".j2",
  ".tmpl",
  ".hbs",
  ".mustache",
  ".py",
  ".r",
  ".sh",
  ".css",
  ".svg",
  ".jsonl",
] as const;

/** What the bundler makes of files that are not code: texts, and bytes (a `Uint8Array`) of WebAssembly. */
export const TEXT_LOADERS: Readonly<Record<string, Loader>> = {
  ...Object.fromEntries(TEXT_ENDINGS.map((ending) => [ending, "text"] as const)),
  ".wasm": "binary",
};

/** Whether a file belongs into the bundle wherever it lies: Node can't import it by itself. */
export function isAsset(path: string): boolean {
  const ending = extname(path);
  return ending === ".json" || ending === ".node" || ending in TEXT_LOADERS;
}

/** Lets native add-ons be imported: Node loads them with `require` only. */
export function importAssets(): Plugin {
  return {
    name: "millrace-assets",
    setup(build) {
      build.onLoad({ filter: /\.node$/ }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(`node-addon:${path}`)});`,
      }));
      build.onResolve({ filter: /^node-addon:/ }, ({ path }) => ({
        path: path.slice("node-addon:".length),
        external: true,
      }));
    },
  };
}
