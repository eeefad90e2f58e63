import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stateOf, type FileState } from "@millrace/protocol/homes/file-state";

/** What reads files and folders, by the module. */
const READERS = [
  "readFileSync",
  "readFile",
  "openSync",
  "open",
  "readdirSync",
  "readdir",
  "opendirSync",
  "opendir",
];
/** Installed packages, what Millrace made, and what is no file on a disk. */
const NOT_DATA = /[/\\](?:node_modules|\.millrace)(?:[/\\]|$)|^\/(?:proc|sys|dev)\//;
/** Code that reads more files than this has no use for being told of each. */
const MAX_FILES = 1_000;

/** Knows which files and folders were read. */
export interface FilesRead {
  /** Each as it was when it was read first. */
  list(): FileState[];
  /** Notes no further one. */
  stop(): void;
}

/**
 * Notes which files and folders are read in this process from now on through `node:fs`: what code that is being loaded was made of, besides
 * its sources. Installed packages do not count.
 */
export function watchFilesRead(): FilesRead {
  const fs = process.getBuiltinModule("node:fs");
  const states = new Map<string, FileState>();

  let noting = false;

  /** Looking at a folder reads it. */
  function stateWithoutNote(file: string): FileState {
    noting = true;
    try {
      return stateOf(file);
    } finally {
      noting = false;
    }
  }

  function note(path: unknown): void {
    const file = toPath(path);
    if (file === null || NOT_DATA.test(file) || states.has(file) || states.size >= MAX_FILES) return;
    if (!noting) states.set(file, stateWithoutNote(file));
  }

  const restore = [fs, fs.promises].map((module) => replaceReaders(module, note));
  syncBuiltinESMExports();
  return {
    list: () => [...states.values()],
    stop() {
      for (const put of restore) put();
      syncBuiltinESMExports();
    },
  };
}

/** Puts a function that calls `note` first in the place of each reader; the returned function puts them back. */
function replaceReaders(module: object, note: (path: unknown) => void): () => void {
  const originals = READERS.flatMap((name) => {
    const original: unknown = Reflect.get(module, name);
    return typeof original === "function" ? [{ name, original }] : [];
  });
  for (const { name, original } of originals) {
    const replacement = function (this: unknown, ...args: readonly unknown[]): unknown {
      note(args[0]);
      return Reflect.apply(original, this, args);
    };
    // `util.promisify(fs.readFile)` goes by what hangs on the function.
    Reflect.set(
      module,
      name,
      Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original)),
    );
  }
  return () => {
    for (const { name, original } of originals) Reflect.set(module, name, original);
  };
}

function toPath(path: unknown): string | null {
  try {
    if (typeof path === "string") return resolve(path);
    if (path instanceof URL) return fileURLToPath(path);
    return Buffer.isBuffer(path) ? resolve(path.toString()) : null;
  } catch {
    return null; // Whoever reads it is told what is wrong.
  }
}
