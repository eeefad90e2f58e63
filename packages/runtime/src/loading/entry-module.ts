import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * The text of the module that stands for the author's entry and exports its definitions as `location`: all exports of an
 * entry file, or those of all TypeScript and JavaScript files of an entry folder, however deep, put together. Tests,
 * type declarations, and folders that are hidden or called `node_modules` are passed over.
 *
 * @param entry absolute path of the file or folder.
 * @param wrapped whether the author's files are functions that `require` calls, see `wrapFiles`.
 */
export function entryModule(entry: string, wrapped: boolean): string {
  if (!statSync(entry).isDirectory()) {
    const file = JSON.stringify(entry);
    return wrapped ? `export const location = require(${file});` : `export * as location from ${file};`;
  }
  const files = listModules(entry).map((file) => JSON.stringify(file));
  const imports = wrapped ? [] : files.map((file, index) => `import * as module${index} from ${file};`);
  const modules = files.map((file, index) => (wrapped ? `require(${file})` : `module${index}`));
  return [
    `import { definitionsFromModules } from "millrace";`,
    ...imports,
    `export const location = { definitions: definitionsFromModules([${modules.join(", ")}]) };`,
  ].join("\n");
}

/** In the order of their names, so that the same files always make the same bundle. */
function listModules(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name.startsWith(".") || entry.name === "node_modules" ? [] : listModules(path);
    const isModule =
      /\.[mc]?[jt]sx?$/.test(entry.name) && !/\.(?:test|spec|d)\.[mc]?[jt]sx?$/.test(entry.name);
    return isModule ? [path] : [];
  });
}
