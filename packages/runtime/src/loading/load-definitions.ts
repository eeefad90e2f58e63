import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { collectDefinitions } from "millrace/internal/definitions/definitions";
import { resolveDefinitions } from "millrace/internal/definitions/resolve";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { DEFINITIONS_FILE } from "./bundle-files.ts";

/** What the author's code defines. */
export interface LoadedDefinitions {
  readonly definitions: ResolvedDefinitions;
  /** What each of its entry files exports. */
  readonly modules: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Loads the author's code from a bundle, finds the definitions that it exports and checks them.
 *
 * @throws DefinitionError when they contradict each other, or whatever the code throws while it is loaded.
 */
export async function loadDefinitions(bundleDirectory: string): Promise<LoadedDefinitions> {
  const file = pathToFileURL(join(bundleDirectory, DEFINITIONS_FILE)).href;
  const { location, modules } = (await import(file)) as {
    readonly location: Readonly<Record<string, unknown>>;
    readonly modules: LoadedDefinitions["modules"];
  };
  return { definitions: resolveDefinitions(collectDefinitions(location)), modules };
}
