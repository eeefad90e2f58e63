import { divideIntoSteps, type AssetSteps, type StepAsset } from "@millrace/model/steps/asset-steps";
import type { AssetKey } from "@millrace/model/asset-key";
import type { Asset, AssetComputation } from "../assets/asset-definition.ts";
import { checkName } from "../checks/asset-check.ts";
import type { Selectable, Targets } from "./select-targets.ts";

/** What targets are part of. */
export interface Divisible extends Pick<Selectable, "assets" | "checks"> {
  /** Steps that make assets, by step key. */
  readonly computations: ReadonlyMap<string, AssetComputation>;
}

/**
 * The steps that make and check targets: one for each computation and check, or several where one has to be run in parts.
 *
 * @throws InseparableSteps when steps wait for each other.
 */
export function divideTargets({ assets, checks, computations }: Divisible, targets: Targets): AssetSteps {
  const made = [...targets.assets.values()].flatMap((asset) => toStepAsset(asset) ?? []);
  const together = new Set(
    [...targets.assets.values()].flatMap(({ computation }) =>
      computation === null || computation.canSubset || computation.outputs.size < 2 ? [] : [computation],
    ),
  );
  const along = [...together].flatMap(({ outputs }) => [...outputs.values()]);
  return divideIntoSteps({
    assets: made,
    madeAlong: along.flatMap((asset) => (targets.assets.has(asset.key) ? [] : (toStepAsset(asset) ?? []))),
    checks: [...targets.checks.values()].map((check) => ({
      name: checkName(check),
      assetKey: check.assetKey,
      stepKey: check.computation.stepKey,
      blocking: check.blocking,
      deps: check.computation.dependencies.map(({ key }) => key),
    })),
    isStepKey: (key) =>
      computations.has(key) || checks.values().some(({ computation }) => computation.stepKey === key),
    findVirtualDeps: (key) => findVirtualDeps(assets, key),
  });
}

/** What an asset depends on when it is virtual; null for any other. */
export function findVirtualDeps(assets: Selectable["assets"], key: string): string[] | null {
  const asset = assets.get(key as AssetKey);
  return asset?.isVirtual === true ? asset.dependencies.map((dependency) => dependency.key) : null;
}

function toStepAsset({
  key,
  computation,
  dependencies,
  partitions,
  backfillPolicy,
}: Asset): StepAsset | null {
  if (computation === null) return null;
  const { stepKey, canSubset } = computation;
  const likeness = canSubset ? JSON.stringify([partitions ?? null, backfillPolicy]) : "";
  return { key, stepKey, canSubset, likeness, deps: dependencies.map((dependency) => dependency.key) };
}
