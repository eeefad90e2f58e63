import {
  divideIntoSteps,
  keepStepsWhole,
  type AssetSteps,
  type StepAsset,
  type StepCheck,
} from "@millrace/model/steps/asset-steps";
import type { AssetKey } from "@millrace/model/asset-key";
import type { Asset, AssetComputation } from "../assets/asset-definition.ts";
import { checkName, type AssetCheck } from "../checks/asset-check.ts";
import type { Selectable, Targets } from "./select-targets.ts";

/** What targets are part of. */
export interface Divisible extends Pick<Selectable, "assets" | "checks"> {
  /** Steps that make assets, by step key. */
  readonly computations: ReadonlyMap<string, AssetComputation>;
}

/**
 * The steps that make and check targets: one for each computation and check, or several where one has to be run in parts. Where each step
 * makes one thing there is nothing to be cut: a run of ten thousand assets is not walked for it, and the parts come in no order.
 *
 * @throws InseparableSteps when steps of which one makes several things wait for each other.
 */
export function divideTargets({ assets, checks, computations }: Divisible, targets: Targets): AssetSteps {
  const input = {
    assets: [...targets.assets.values()].flatMap((asset) => toStepAsset(asset) ?? []),
    checks: [...targets.checks.values()].map(toStepCheck),
    findVirtualDeps: (key: string) => findVirtualDeps(assets, key),
  };
  if (isEachAlone(targets)) return keepStepsWhole(input);
  const together = new Set(
    [...targets.assets.values()].flatMap(({ computation }) =>
      computation === null || computation.canSubset || computation.outputs.size < 2 ? [] : [computation],
    ),
  );
  const along = [...together].flatMap(({ outputs }) => [...outputs.values()]);
  return divideIntoSteps({
    ...input,
    madeAlong: along.flatMap((asset) => (targets.assets.has(asset.key) ? [] : (toStepAsset(asset) ?? []))),
    isStepKey: (key) =>
      computations.has(key) || checks.values().some(({ computation }) => computation.stepKey === key),
  });
}

/** Whether each step makes or evaluates one thing. */
function isEachAlone({ assets, checks }: Targets): boolean {
  if (assets.values().some(({ computation }) => computation !== null && computation.outputs.size > 1))
    return false;
  const stepKeys = new Set(
    [...assets.values(), ...checks.values()].map(({ computation }) => computation?.stepKey),
  );
  return stepKeys.size === assets.size + checks.size;
}

/** What an asset depends on when it is virtual; null for any other. */
export function findVirtualDeps(assets: Selectable["assets"], key: string): string[] | null {
  const asset = assets.get(key as AssetKey);
  return asset?.isVirtual === true ? asset.dependencies.map((dependency) => dependency.key) : null;
}

function toStepCheck(check: AssetCheck): StepCheck {
  const { assetKey, blocking, computation } = check;
  const { stepKey, dependencies } = computation;
  return { name: checkName(check), assetKey, stepKey, blocking, deps: dependencies.map(({ key }) => key) };
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
