import type { AssetComputation, AssetDependency } from "millrace/internal/assets/asset-definition";
import type { CheckComputation } from "millrace/internal/checks/asset-check";
import type { Computation } from "millrace/internal/computation/computation";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { getIoManager, ioManagerName } from "millrace/internal/execution/plan/planned-io";
import type { IoManager } from "millrace/internal/io/io-manager";
import type { JobStep } from "./job-steps.ts";

/** The IO managers that a step stores with or loads from, by the name under which the location knows them. */
export function listStepIoManagers(
  definitions: ResolvedDefinitions,
  { kind, computation }: JobStep,
): Map<string, IoManager> {
  // What ops hand to each other is kept by the default one.
  const used: (IoManager | null)[] = kind === "op" ? [null] : [];
  if (makesAssets(computation))
    for (const { ioManager } of computation.outputs.values()) used.push(ioManager);
  for (const { key, loadsValue } of listDependencies(computation))
    if (loadsValue) used.push(definitions.assets.get(key)?.ioManager ?? null);
  return new Map(used.map((own) => [ioManagerName(own), getIoManager(definitions, own)]));
}

function makesAssets(computation: Computation): computation is AssetComputation {
  return "canSubset" in computation;
}

/** What the code depends on as a whole, and what single assets of it do. */
function listDependencies(computation: Computation): readonly AssetDependency[] {
  if (makesAssets(computation)) {
    const own = computation.outputs.values().flatMap(({ dependencies }) => dependencies);
    return [...new Set([...computation.dependencies, ...own])];
  }
  return checksAssets(computation) ? computation.dependencies : [];
}

function checksAssets(computation: Computation): computation is CheckComputation {
  return "checks" in computation;
}
