import {
  divideIntoSteps,
  findBlockingChecks,
  type AssetSteps,
  type StepAsset,
  type StepCheck,
} from "@millrace/model/steps/asset-steps";
import type { StepPart } from "@millrace/model/steps/split-steps";
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
    checks: [...targets.checks.values()].map(toStepCheck),
    isStepKey: (key) =>
      computations.has(key) || checks.values().some(({ computation }) => computation.stepKey === key),
    findVirtualDeps: (key) => findVirtualDeps(assets, key),
  });
}

/**
 * The same, without which waits for which, for who makes a graph of the steps anyway. Where each step makes one thing there is
 * nothing to be cut, so that a run of ten thousand assets need not be walked twice; the graph then gives them their order.
 *
 * @throws InseparableSteps when steps wait for each other.
 */
export function listStepParts(definitions: Divisible, targets: Targets): Omit<AssetSteps, "upstream"> {
  const assets = [...targets.assets.values()];
  const checks = [...targets.checks.values()];
  const stepKeys = new Set([...assets, ...checks].map(({ computation }) => computation?.stepKey));
  const isEachAlone =
    stepKeys.size === assets.length + checks.length &&
    assets.every(({ computation }) => computation === null || computation.outputs.size === 1);
  if (!isEachAlone) return divideTargets(definitions, targets);
  const parts = [
    ...assets.flatMap(({ key, computation }) => (computation ? [[key, computation.stepKey] as const] : [])),
    ...checks.map((check) => [checkName(check), check.computation.stepKey] as const),
  ].map(([member, stepKey]): StepPart => ({ key: stepKey, stepKey, members: [member] }));
  return {
    parts,
    partOf: new Map(parts.flatMap((part) => part.members.map((key) => [key, part] as const))),
    blockingChecks: findBlockingChecks(checks.map(toStepCheck)),
  };
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
