import { setSourceMapsSupport } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleLocation } from "../loading/bundle.ts";
import { ENGINE_FILE } from "../loading/bundle-files.ts";
// Types only: what runs is in the bundle, which is one file and compiled.
import type { executeHere, HereOptions } from "./execute-here.ts";

/** A run of a project without a control plane. */
export interface ExecuteOptions extends Omit<HereOptions, "bundle"> {
  /** The file that exports the definitions, or the folder with such files, relative to the project's folder. */
  readonly entry: string;
}

/**
 * Bundles a project and executes one run of it in this process, with the real IO managers. The run's last event says how it ended.
 *
 * @throws DefinitionsNotLoaded or the SDK's DefinitionError when the definitions do not load.
 */
export async function executeProject({ entry, ...options }: ExecuteOptions): Promise<void> {
  const workingDirectory = resolve(options.workingDirectory);
  const { directory } = await bundleLocation(workingDirectory, entry);
  setSourceMapsSupport(true);
  const engine = (await import(pathToFileURL(join(directory, ENGINE_FILE)).href)) as {
    readonly executeHere: typeof executeHere;
  };
  await engine.executeHere({ ...options, workingDirectory, bundle: directory });
}
