import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Logger } from "pino";

/** Writes a state file in one step, readable by its owner only: whoever reads it sees the old document or the new one. */
export function writeStateFile(path: string, document: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(document), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * Reads a state file that an earlier agent may have left.
 *
 * @param parse throws when the document is not what it should be.
 * @returns null when there is none, or when it can't be used: then it is logged and set aside under a name of its own,
 *   so that somebody can look at it and nothing trips over it again.
 */
export function readStateFile<T>(path: string, parse: (document: unknown) => T, logger: Logger): T | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    return parse(JSON.parse(text));
  } catch (error) {
    const aside = `${path}.corrupt`;
    renameSync(path, aside);
    logger.error({ file: path, setAside: aside, err: error }, "a state file can't be read; it was set aside");
    return null;
  }
}

/** Moves a folder out of the way, next to its parent, in place of an older one that was moved so. Returns where it is now. */
export function setFolderAside(folder: string): string {
  const asideRoot = `${dirname(folder)}.corrupt`;
  const aside = join(asideRoot, basename(folder));
  mkdirSync(asideRoot, { recursive: true, mode: 0o700 });
  rmSync(aside, { recursive: true, force: true });
  renameSync(folder, aside);
  return aside;
}

/** The fields of a JSON object. Throws when it is something else. */
export function parseFields(document: unknown): Readonly<Record<string, unknown>> {
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new TypeError("expected a JSON object");
  }
  return document as Readonly<Record<string, unknown>>;
}

/** A text field of a JSON object. Throws naming the field. */
export function textField(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new TypeError(`\`${name}\` must be a text`);
  return value;
}

/** A list of texts in a JSON object; none where the field is not there. Throws naming the field. */
export function textsField(fields: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const value = fields[name] ?? [];
  if (!Array.isArray(value) || !value.every((text) => typeof text === "string"))
    throw new TypeError(`\`${name}\` must be a list of texts`);
  return value;
}

/** A whole number from 0 on in a JSON object. Throws naming the field. */
export function countField(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`\`${name}\` must be a whole number from 0 on`);
  }
  return value;
}
