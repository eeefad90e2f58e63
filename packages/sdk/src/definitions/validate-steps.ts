import type { AssetKey } from "@millrace/model/asset-key";
import { InseparableSteps, type StepWait } from "@millrace/model/steps/split-steps";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { divideTargets } from "../jobs/divide-targets.ts";
import { selectTargets } from "../jobs/select-targets.ts";
import type { ResolvedDefinitions } from "./resolved-definitions.ts";

/**
 * Checks that the steps of all assets can be put in an order. Assets may depend on each other across steps that make several of
 * them, as long as these steps can be run in parts.
 *
 * @throws DefinitionError naming the chain, and what to do about it.
 */
export function validateSteps(resolved: ResolvedDefinitions): void {
  // Where each step makes one asset, circles are those of the assets.
  if (resolved.computations.values().every(({ outputs }) => outputs.size < 2)) return;
  try {
    divideTargets(resolved, selectTargets(resolved, null));
  } catch (error) {
    if (!(error instanceof InseparableSteps)) throw error;
    const chain = error.circle.map((wait) => describeWait(resolved, wait));
    const whole = new Set(error.circle.map(({ member }) => member.stepKey));
    const mend = [...whole].flatMap((stepKey) => describeWhole(resolved, stepKey));
    throw new DefinitionError(
      "dependency_cycle",
      `Steps wait for each other in a circle: ${chain.join("; ")}. ${mend.join(" ")}`,
      { cause: error },
    );
  }
}

function describeWait({ assets }: ResolvedDefinitions, { member, upstream }: StepWait): string {
  const nameOf = (key: string): string => {
    const asset = assets.get(key as AssetKey);
    return describeDefinition(asset ? "asset" : "asset check", key, asset ?? null);
  };
  return (
    `step "${member.stepKey}" with ${nameOf(member.key)} comes after ` +
    `step "${upstream.stepKey}" with ${nameOf(upstream.key)}`
  );
}

function describeWhole({ computations }: ResolvedDefinitions, stepKey: string): string[] {
  const computation = computations.get(stepKey);
  if (computation === undefined || computation.outputs.size < 2 || computation.canSubset) return [];
  return [
    `Give ${describeDefinition("multi-asset", stepKey, computation)} \`canSubset: true\`, and have its code make what ` +
      "`context.selectedAssets` names: then it is run in parts. What only some of its assets depend on belongs into " +
      "`deps` and `after` of their `assetSpec`.",
  ];
}
