import { setSourceMapsSupport } from "node:module";
import { resolve } from "node:path";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { bundleLocation, type Bundle } from "./bundle.ts";
import { loadDefinitions } from "./load-definitions.ts";
import { superviseLoading } from "./supervise-loading.ts";
import { describeThrown } from "./thrown-while-loading.ts";

/** One version of a code location, loaded into this process. */
export interface LoadedLocation {
  readonly bundle: Bundle;
  readonly definitions: ResolvedDefinitions;
}

/**
 * Bundles a code location and loads it into this process, once: a changed file needs a new process.
 *
 * @throws DefinitionsNotLoaded or the SDK's DefinitionError; both name the file and line.
 */
export async function loadLocation(workingDirectory: string, entry: string): Promise<LoadedLocation> {
  const folder = resolve(workingDirectory);
  const bundle = await bundleLocation(folder, entry);
  setSourceMapsSupport(true);
  try {
    const definitions = await superviseLoading(() => loadDefinitions(bundle.directory), folder);
    return { bundle, definitions };
  } catch (error) {
    throw describeThrown(error, folder);
  }
}
