import { assetKey } from "@millrace/model/asset-key";
import type { Asset, AssetComputation, AssetRef, DependencyInput } from "../../assets/asset-definition.ts";
import type { Computation } from "../../computation/computation.ts";
import { DEFINITION } from "../../definition/definition.ts";
import type { PlannedInput, PlannedStep } from "../plan/execution-plan.ts";
import { InvalidStepResult } from "../scope/step-failures.ts";

/** The values of a step that its code receives as parameters, of all that were loaded for it. */
export function pickParameters({ inputs }: PlannedStep, values: readonly unknown[]): unknown[] {
  return values.filter((_, index) => isParameter(inputs[index]));
}

function isParameter(input: PlannedInput | undefined): boolean {
  return input?.kind !== "asset" || input.isParameter;
}

/** What the code of a multi-asset may ask for of what its assets depend on; see `InputContext`. */
export function inputContextOf(planned: PlannedStep, values: readonly unknown[]): object {
  return {
    input(wanted: DependencyInput | string): unknown {
      const { key, mapping } = readWanted(planned, wanted);
      const found = planned.inputs.flatMap((input, index) =>
        input.kind === "asset" && input.asset.key === key
          ? [{ mapping: JSON.stringify(input.dependency.partitionMapping), value: values[index] }]
          : [],
      );
      const [first] = found;
      if (first) return (found.find((each) => each.mapping === JSON.stringify(mapping)) ?? first).value;
      const isMadeHere = planned.outputs.some(({ asset }) => asset?.key === key);
      if (isMadeHere && planned.dependencies.some((each) => each.key === key && each.loadsValue))
        return undefined;
      const known = planned.dependencies.filter(({ loadsValue }) => loadsValue).map((each) => each.key);
      throw new InvalidStepResult(
        `Step "${planned.key}" asks for the value of "${key}", which none of the assets that it makes now has in \`deps\`; ` +
          `they have: ${known.join(", ") || "nothing"}`,
      );
    },
  };
}

function readWanted(
  planned: PlannedStep,
  wanted: DependencyInput | string,
): { readonly key: string; readonly mapping: unknown } {
  if (typeof wanted === "string") {
    const { computation } = planned;
    const sibling = makesAssets(computation) ? computation.outputs.get(wanted) : undefined;
    return { key: sibling?.key ?? assetKey(wanted), mapping: null };
  }
  if (wanted[DEFINITION] === "asset_dependency")
    return { key: wanted.asset.key, mapping: wanted.partitionMapping ?? null };
  const { key }: Asset | AssetRef = wanted;
  return { key, mapping: null };
}

function makesAssets(computation: Computation): computation is AssetComputation {
  return "canSubset" in computation;
}
