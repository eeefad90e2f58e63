import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { collectDefinitions } from "millrace/internal/definitions/definitions";
import { resolveDefinitions } from "millrace/internal/definitions/resolve";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { DEFINITIONS_FILE } from "./bundle-files.ts";

/**
 * Loads the author's code from a bundle, finds the definitions that it exports and checks them.
 *
 * @throws DefinitionError when they contradict each other, or whatever the code throws while it is loaded.
 */
export async function loadDefinitions(bundleDirectory: string): Promise<ResolvedDefinitions> {
  const file = pathToFileURL(join(bundleDirectory, DEFINITIONS_FILE)).href;
  const { location } = (await import(file)) as { readonly location: Readonly<Record<string, unknown>> };
  return resolveDefinitions(collectDefinitions(location));
}
