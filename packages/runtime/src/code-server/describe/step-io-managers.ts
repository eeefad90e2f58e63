import type { AssetComputation, AssetDependency } from "millrace/internal/assets/asset-definition";
import type { CheckComputation } from "millrace/internal/checks/asset-check";
import type { Computation } from "millrace/internal/computation/computation";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { getIoManager, ioManagerName } from "millrace/internal/execution/plan/planned-io";
import type { IoManager } from "millrace/internal/io/io-manager";
import type { JobStep } from "./job-steps.ts";

/** The IO managers that steps store with or load from, by the name under which the location knows them. */
export function listStepIoManagers(
  definitions: ResolvedDefinitions,
  steps: readonly JobStep[],
): Map<string, IoManager> {
  // Few, however many steps there are.
  const used = new Set<IoManager | null>();
  for (const { kind, computation } of steps) {
    // What ops hand to each other is kept by the default one.
    if (kind === "op") used.add(null);
    if (makesAssets(computation))
      for (const { ioManager } of computation.outputs.values()) used.add(ioManager);
    for (const dependencies of listDependencies(computation))
      for (const { key, loadsValue } of dependencies)
        if (loadsValue) used.add(definitions.assets.get(key)?.ioManager ?? null);
  }
  return new Map([...used].map((own) => [ioManagerName(own), getIoManager(definitions, own)]));
}

function makesAssets(computation: Computation): computation is AssetComputation {
  return "canSubset" in computation;
}

/** What the code depends on as a whole, and what single assets of it do where they say it for themselves. */
function listDependencies(computation: Computation): (readonly AssetDependency[])[] {
  if (makesAssets(computation)) {
    const lists = [...computation.outputs.values()].map(({ dependencies }) => dependencies);
    return lists.every((list) => list === computation.dependencies)
      ? [computation.dependencies]
      : [computation.dependencies, ...lists];
  }
  return checksAssets(computation) ? [computation.dependencies] : [];
}

function checksAssets(computation: Computation): computation is CheckComputation {
  return "checks" in computation;
}
