import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { CommandError } from "../user-api/client.ts";

/** A user's project: what `millrace dev` and `millrace definitions validate` work on. */
export interface Project {
  /** Absolute folder. */
  readonly folder: string;
  /** The file that exports the definitions, or the folder with such files, relative to the project's folder. */
  readonly entry: string;
  /** Name of its code location. */
  readonly location: string;
}

const ENTRIES = ["src/definitions.ts", "definitions.ts", "src/definitions.js", "definitions.js"];

/**
 * Finds out what a folder holds: `"millrace": {"entry": …, "location": …}` in its package.json, else the usual files
 * (`src/definitions.ts`, `definitions.ts`) and the folder's name.
 *
 * @throws CommandError saying which files were looked for.
 */
export function findProject(path: string): Project {
  const folder = resolve(path);
  if (!existsSync(folder)) throw new CommandError(`There is no folder ${folder}`);
  const settings = readSettings(join(folder, "package.json"));
  const entry = settings.entry ?? ENTRIES.find((file) => existsSync(join(folder, file)));
  if (!entry) {
    throw new CommandError(
      `${folder} has no definitions: none of ${ENTRIES.join(", ")}, and no "millrace": {"entry": …} in package.json`,
    );
  }
  if (!existsSync(join(folder, entry)))
    throw new CommandError(`${folder}/package.json names the entry ${entry}, which is not there`);
  return { folder, entry, location: settings.location ?? basename(folder) };
}

function readSettings(file: string): { readonly entry?: string; readonly location?: string } {
  if (!existsSync(file)) return {};
  let document: { millrace?: { entry?: unknown; location?: unknown } };
  try {
    document = JSON.parse(readFileSync(file, "utf8")) as typeof document;
  } catch (cause) {
    throw new CommandError(`${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const { entry, location } = document.millrace ?? {};
  for (const [name, value] of Object.entries({ entry, location })) {
    if (value !== undefined && typeof value !== "string")
      throw new CommandError(`${file}: "millrace.${name}" must be a text`);
  }
  return {
    ...(typeof entry === "string" ? { entry } : {}),
    ...(typeof location === "string" ? { location } : {}),
  };
}
