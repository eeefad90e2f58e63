import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The environment variable that names the folder with the values that runs have stored. */
export const STORAGE_VARIABLE = "MILLRACE_STORAGE";

/** Where the agent of `millrace dev` keeps values, seen from the project's folder. */
const DEV_STORAGE = join(".millrace", "agent", "storage");

/**
 * The folder with the values that runs on this machine have stored: what `MILLRACE_STORAGE` says, or that of the
 * `millrace dev` of the project in or around a folder.
 *
 * @param from The folder to begin at.
 * @returns null when there is none.
 */
export function findStorageDirectory(
  variables: Readonly<Record<string, string | undefined>>,
  from: string,
): string | null {
  const named = variables[STORAGE_VARIABLE];
  if (named) return resolve(from, named);
  const storage = join(from, DEV_STORAGE);
  if (existsSync(storage)) return storage;
  const parent = dirname(from);
  return parent === from ? null : findStorageDirectory(variables, parent);
}
