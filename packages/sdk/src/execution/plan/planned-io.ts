import { parseStepKey } from "@millrace/model/steps/step-key";
import { DEFAULT_IO_MANAGER } from "../../definitions/resolve-resources.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { IoManager } from "../../io/io-manager.ts";
import type { ExecutionPlan, PlannedStep } from "./execution-plan.ts";

/** The steps that a run executes. */
export function listSelectedSteps(plan: ExecutionPlan): PlannedStep[] {
  if (plan.stepSelection === null) return [...plan.steps.values()];
  const keys = new Set(plan.stepSelection.map((key) => parseStepKey(key).stepKey));
  return [...plan.steps.values()].filter((step) => keys.has(step.key));
}

/** The name under which the code location knows an IO manager that a definition uses; null: the default one. */
export function ioManagerName(own: IoManager | null): string {
  return own?.name ?? DEFAULT_IO_MANAGER;
}

/** The IO manager for an asset, or for the outputs of ops, with replacements in place. */
export function getIoManager(definitions: ResolvedDefinitions, own: IoManager | null): IoManager {
  const manager = definitions.ioManagers.get(ioManagerName(own)) ?? own;
  if (!manager) throw new Error("The definitions have no default IO manager");
  return manager;
}

/** IO managers that the steps store with or load from, by the name under which the location knows them. */
export function listIoManagers(
  definitions: ResolvedDefinitions,
  steps: readonly PlannedStep[],
): Map<string, IoManager> {
  const managers = new Map<string, IoManager>();
  const add = (own: IoManager | null): void => {
    managers.set(ioManagerName(own), getIoManager(definitions, own));
  };
  for (const step of steps) {
    for (const output of step.outputs) add(output.asset?.ioManager ?? null);
    for (const input of step.inputs) add(input.kind === "asset" ? input.asset.ioManager : null);
  }
  return managers;
}
