import { readdirSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";

/**
 * The text of the module that stands for the author's entry and exports its definitions as `location`: all exports of an
 * entry file, or those of all TypeScript and JavaScript files of an entry folder, however deep, put together. Tests,
 * type declarations, and folders that are hidden or called `node_modules` are passed over. `modules` is what each of the files exports.
 *
 * @param entry absolute path of the file or folder.
 * @param wrapped whether the author's files are functions that `import()` calls, see `wrapFiles`.
 */
export function entryModule(entry: string, wrapped: boolean): string {
  const isFolder = statSync(entry).isDirectory();
  const files = (isFolder ? listModules(entry) : [entry]).map((file) => JSON.stringify(file));
  const modules = files.map((_file, index) => `module${index}`);
  return [
    ...files.map((file, index) =>
      wrapped ? `const module${index} = await import(${file});` : `import * as module${index} from ${file};`,
    ),
    `export const modules = [${modules.join(", ")}];`,
    ...(isFolder
      ? [
          `import { definitionsFromModules } from "millrace";`,
          `export const location = { definitions: definitionsFromModules(modules) };`,
        ]
      : [`export const location = module0;`]),
  ].join("\n");
}

/** An entry folder and all folders in it that count; of an entry file only that. */
export function listFolders(entry: string): string[] {
  if (!statSync(entry).isDirectory()) return [entry];
  const inner = readdirSync(entry, { withFileTypes: true }).filter(isEntryFolder);
  return [entry, ...inner.flatMap(({ name }) => listFolders(join(entry, name)))];
}

/** In the order of their names, so that the same files always make the same bundle. */
function listModules(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return isEntryFolder(entry) ? listModules(path) : [];
    const isModule =
      /\.[mc]?[jt]sx?$/.test(entry.name) && !/\.(?:test|spec|d)\.[mc]?[jt]sx?$/.test(entry.name);
    return isModule ? [path] : [];
  });
}

function isEntryFolder(entry: Dirent): boolean {
  return entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules";
}
