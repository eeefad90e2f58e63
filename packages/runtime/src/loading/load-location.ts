import { existsSync } from "node:fs";
import { setSourceMapsSupport } from "node:module";
import { dirname, join, resolve } from "node:path";
import { isUnchanged, stateOf, type FileState } from "@millrace/protocol/homes/file-state";
import { listPassedOver } from "millrace/internal/definitions/passed-over";
import { listMisspeltUpstream } from "millrace/internal/definitions/unknown-upstream";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { bundleLocation, type Bundle } from "./bundle.ts";
import { listFolders } from "./entry-module.ts";
import { watchFilesRead } from "./files-read.ts";
import { loadDefinitions } from "./load-definitions.ts";
import { refuseWrongConfigs } from "./given-configs.ts";
import { writeSources } from "./source-list.ts";
import { listTsconfigWarnings } from "./tsconfig-warnings.ts";
import { LOAD_LIMIT_MS, superviseLoading } from "./supervise-loading.ts";
import { watchLoop } from "./watch-loop.ts";
import { describeThrown } from "./thrown-while-loading.ts";

/** How long after their limit awaits may take to be told of, before the code counts as one that loops. */
const LOOP_GRACE_MS = 3_000;

/** One version of a code location, loaded into this process. */
export interface LoadedLocation {
  readonly bundle: Bundle;
  readonly definitions: ResolvedDefinitions;
  /** What is odd about it, for its author: exports that are passed over, compiler options that do not hold, what the bundler finds. */
  readonly warnings: readonly string[];
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
    const [bundle, ofTsconfig] = await Promise.all([
      bundleLocation(folder, entry, note),
      listTsconfigWarnings(join(folder, entry), folder),
    ]);
    setSourceMapsSupport(true);
    const filesRead = watchFilesRead();
    // What the code writes itself while it is loaded is no source of it.
    const noteReads = (): void => {
      reads = filesRead.list().filter(isUnchanged);
    };
    process.once("exit", noteReads).once("exit", leaveWord);
    try {
      const load = () => loadDefinitions(bundle.directory);
      using _ = watchLoop({ workingDirectory: folder, limitMs: LOAD_LIMIT_MS + LOOP_GRACE_MS });
      const { definitions, modules } = await superviseLoading(load, folder);
      const passedOver = listPassedOver(modules, definitions.definitions);
      const misspelt = listMisspeltUpstream(definitions);
      refuseWrongConfigs(definitions);
      return {
        bundle,
        definitions,
        warnings: [...bundle.warnings, ...ofTsconfig, ...passedOver, ...misspelt],
      };
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
