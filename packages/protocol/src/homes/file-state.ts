import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";

/** A file or folder as it was at some time: whether it is still the same is told by these. */
export interface FileState {
  /** Absolute. */
  readonly path: string;
  /** Milliseconds since 1970, 0 for a folder; null: it was not there. */
  readonly modifiedMs: number | null;
  /** Bytes of a file, a number made of the names in a folder; 0 when it was not there. */
  readonly size: number;
  /** Its number in its file system: another file in its place has another one. */
  readonly inode: number;
}

/** What a folder's content is not told by: hidden files, tests, and what editors and databases put there for a moment. */
const PASSING = /^[.#]|~$|-(?:wal|shm|journal)$|\.(?:tmp|swp|swx|bak|wal)$|\.(?:test|spec|d)\.[mc]?[jt]sx?$/;

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

/** Files that somebody else says were read. What makes no sense among them is passed over. */
export function parseFileStates(value: unknown): FileState[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (state: Partial<FileState> | null): state is FileState =>
      typeof state?.path === "string" &&
      (state.modifiedMs === null || typeof state.modifiedMs === "number") &&
      typeof state.size === "number" &&
      typeof state.inode === "number",
  );
}
