import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FileState } from "@millrace/model/file-state";

/** What a folder's content is not told by: hidden files, tests, and what editors put there for a moment. */
const PASSING = /^[.#]|~$|\.(?:tmp|swp|swx|bak)$|\.(?:test|spec|d)\.[mc]?[jt]sx?$/;

/** A file or folder as it is now. */
export function stateOf(path: string): FileState {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { path, modifiedMs: null, size: 0, inode: 0 };
  if (!stats.isDirectory()) return { path, modifiedMs: stats.mtimeMs, size: stats.size, inode: stats.ino };
  const names = readdirSync(path).filter((name) => !PASSING.test(name));
  const digest = createHash("sha256").update(names.toSorted().join("\n")).digest();
  return { path, modifiedMs: 0, size: digest.readUInt32BE(), inode: stats.ino };
}

/** Whether a file or folder is as it was. */
export function isUnchanged(state: FileState): boolean {
  const now = stateOf(state.path);
  return now.modifiedMs === state.modifiedMs && now.size === state.size && now.inode === state.inode;
}

/** Leaves word of what the code of a location was made of the last time that it was loaded, or should have been. */
export function writeSources(workingDirectory: string, entry: string, sources: readonly FileState[]): void {
  const file = sourcesFile(workingDirectory, entry);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(sources));
  renameSync(`${file}.${process.pid}`, file);
}

/** What `writeSources` left; only the entry when it never did. */
export function readSources(workingDirectory: string, entry: string): readonly FileState[] {
  try {
    return JSON.parse(readFileSync(sourcesFile(workingDirectory, entry), "utf8")) as FileState[];
  } catch {
    return [stateOf(join(workingDirectory, entry))];
  }
}

/** Several locations may have their entries in one folder. */
function sourcesFile(workingDirectory: string, entry: string): string {
  const name = createHash("sha256").update(entry).digest("hex").slice(0, 16);
  return join(workingDirectory, ".millrace/sources", `${name}.json`);
}
