import { existsSync } from "node:fs";
import { setSourceMapsSupport } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { FileState } from "@millrace/model/file-state";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { bundleLocation, type Bundle } from "./bundle.ts";
import { listFolders } from "./entry-module.ts";
import { watchFilesRead } from "./files-read.ts";
import { loadDefinitions } from "./load-definitions.ts";
import { isUnchanged, stateOf, writeSources } from "./source-list.ts";
import { superviseLoading } from "./supervise-loading.ts";
import { describeThrown } from "./thrown-while-loading.ts";

/** One version of a code location, loaded into this process. */
export interface LoadedLocation {
  readonly bundle: Bundle;
  readonly definitions: ResolvedDefinitions;
}

/**
 * Bundles a code location and loads it into this process, once: a changed file needs a new process. Leaves word of what it was made of,
 * see `readSources`, also when it does not load.
 *
 * @throws DefinitionsNotLoaded or the SDK's DefinitionError; both name the file and line.
 */
export async function loadLocation(workingDirectory: string, entry: string): Promise<LoadedLocation> {
  const folder = resolve(workingDirectory);
  const sources = new Map<string, FileState>();
  const note = (path: string): void => {
    if (!sources.has(path)) sources.set(path, stateOf(path));
  };
  const settings = ["package.json", "tsconfig.json"].map((name) => join(folder, name));
  for (const path of [...listEntry(folder, entry), ...settings]) note(path);
  let reads: readonly FileState[] = [];
  const leaveWord = (): void => writeSources(folder, entry, [...sources.values(), ...reads]);
  try {
    const bundle = await bundleLocation(folder, entry, note);
    setSourceMapsSupport(true);
    const filesRead = watchFilesRead();
    // What the code writes itself while it is loaded is no source of it.
    const noteReads = (): void => {
      reads = filesRead.list().filter(isUnchanged);
    };
    process.once("exit", noteReads).once("exit", leaveWord);
    try {
      return { bundle, definitions: await superviseLoading(() => loadDefinitions(bundle.directory), folder) };
    } catch (error) {
      throw describeThrown(error, folder);
    } finally {
      filesRead.stop();
      noteReads();
      process.off("exit", noteReads).off("exit", leaveWord);
    }
  } finally {
    leaveWord();
  }
}

/** The entry, or its folders: files that appear in them belong to it. */
function listEntry(folder: string, entry: string): string[] {
  const path = join(folder, entry);
  return existsSync(path) ? listFolders(path) : [path, dirname(path)];
}
