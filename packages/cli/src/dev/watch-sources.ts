import { existsSync, statSync, watch, type FSWatcher } from "node:fs";
import { dirname } from "node:path";
import { systemClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { isUnchanged, stateOf, type FileState } from "@millrace/protocol/homes/file-state";

/** Changes within this time are one change: editors write a file in several steps. */
const GATHER_MS = 40;
/** What runs write and no definition is made of: databases, with what they keep beside them, and logs. */
const DATA_FILE = /\.(duckdb|db|sqlite3?|parquet|log)(\.wal|-wal|-shm|-journal)?$/;

/** Watches the files that a bundle was made of, and no others. */
export interface SourceWatcher {
  /** Watches these from now on, and tells at once of what has changed since they were as given. */
  watch(sources: readonly FileState[]): void;
  close(): void;
}

/**
 * @param onChange called with the file that has changed, appeared or gone, once for changes that come together.
 */
export function createSourceWatcher(onChange: (file: string) => void): SourceWatcher {
  const folders = new Map<string, FSWatcher>();
  let watched = new Map<string, FileState>();
  let due: Disposable | undefined;

  function look(): void {
    const changed = [...watched.values()].filter((state) => !isUnchanged(state));
    for (const { path } of changed) watched.set(path, stateOf(path));
    // A folder's change is less to the point than that of a file in it.
    const [first] = changed.toSorted((a, b) => b.path.length - a.path.length);
    if (first !== undefined) onChange(first.path);
  }

  function lookSoon(): void {
    due?.[Symbol.dispose]();
    due = after(systemClock, GATHER_MS, look);
  }

  return {
    watch(sources) {
      const kept = sources.filter(({ path }) => !DATA_FILE.test(path));
      watched = new Map(kept.map((state) => [state.path, state]));
      // Folders, not files: editors put a new file in the place of the old one.
      const wanted = new Set(kept.flatMap(foldersOf));
      for (const [folder, watcher] of folders) {
        if (wanted.has(folder)) continue;
        watcher.close();
        folders.delete(folder);
      }
      for (const folder of wanted) {
        if (folders.has(folder)) continue;
        const watcher = watch(folder, lookSoon);
        watcher.on("error", () => {
          // The folder is gone: whoever looks now sees that its files are too.
          folders.delete(folder);
          lookSoon();
        });
        folders.set(folder, watcher);
      }
      lookSoon();
    },
    close() {
      due?.[Symbol.dispose]();
      for (const watcher of folders.values()) watcher.close();
      folders.clear();
    },
  };
}

/** Where it is seen that a file changes, or what is in a folder. */
function foldersOf({ path }: FileState): string[] {
  const around = nearestFolder(dirname(path));
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? [around, path] : [around];
}

/** The folder at a path or around it that is there. */
function nearestFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}
