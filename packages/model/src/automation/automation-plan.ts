import { mapDependents } from "./any-downstream.ts";
import {
  targetName,
  type AutomationAsset,
  type AutomationAssets,
  type AutomationTarget,
} from "./asset-state-view.ts";
import { digestText } from "./digest-text.ts";
import type { AutomationCondition } from "./condition.ts";

/** What is evaluated, and in which order: made once for as long as definitions stay the same. */
export interface AutomationPlan {
  readonly assets: AutomationAssets;
  /** Equal plans have equal digests; where it differs, everything has to be evaluated again. */
  readonly digest: string;
  /** Units after those they depend on. */
  readonly units: readonly AutomationUnit[];
  /** Keys of the assets that depend on each asset directly. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

/** An asset with its checks, or all assets of one step that makes them only together. */
export interface AutomationUnit {
  readonly targets: readonly PlannedTarget[];
  /** Keys of its assets. */
  readonly assets: readonly string[];
}

export interface PlannedTarget {
  readonly target: AutomationTarget;
  /** See `targetName`. */
  readonly name: string;
  readonly condition: AutomationCondition;
}

/** Orders the conditions of all assets and checks: assets after their dependencies, checks right after their asset. */
export function planAutomation(assets: AutomationAssets): AutomationPlan {
  const units = orderUnits(assets).map((members): AutomationUnit => ({
    assets: members.map(({ key }) => key),
    targets: members.flatMap(listTargets),
  }));
  return {
    assets,
    digest: digestText(JSON.stringify([...assets.values()])),
    units,
    dependents: mapDependents(assets),
  };
}

function listTargets(asset: AutomationAsset): PlannedTarget[] {
  const own = { target: { asset: asset.key, check: null }, condition: asset.condition };
  const checks = asset.checks.map(({ name, condition }) => ({
    target: { asset: asset.key, check: name },
    condition,
  }));
  return [own, ...checks].flatMap(({ target, condition }) =>
    condition ? [{ target, name: targetName(target), condition }] : [],
  );
}

/** Depth first without recursion: chains of assets can be longer than the call stack is deep. */
function orderUnits(assets: AutomationAssets): AutomationAsset[][] {
  const sets = Map.groupBy(assets.values(), ({ key, executionSet }) => executionSet ?? key);
  const unitOf = (key: string): AutomationAsset[] => {
    const asset = assets.get(key);
    if (!asset) return [];
    return asset.executionSet === null ? [asset] : (sets.get(asset.executionSet) ?? [asset]);
  };
  const ordered: AutomationAsset[][] = [];
  const state = new Map<AutomationAsset, "entered" | "done">();
  for (const start of assets.keys()) {
    const stack = [unitOf(start)];
    for (let unit = stack.at(-1); unit !== undefined; unit = stack.at(-1)) {
      const [first] = unit;
      if (!first || state.has(first)) {
        if (first && state.get(first) === "entered") ordered.push(orderMembers(unit));
        if (first) state.set(first, "done");
        stack.pop();
        continue;
      }
      state.set(first, "entered");
      for (const { dependencies } of unit)
        for (const { key } of dependencies) {
          const upstream = unitOf(key);
          if (upstream[0] && !state.has(upstream[0])) stack.push(upstream);
        }
    }
  }
  return ordered;
}

/** The assets of one step, those that others of them depend on first. */
function orderMembers(unit: readonly AutomationAsset[]): AutomationAsset[] {
  const rest = new Map(unit.map((asset) => [asset.key, asset]));
  const ordered: AutomationAsset[] = [];
  while (rest.size > 0) {
    const ready = [...rest.values()].filter(
      ({ key, dependencies }) => !dependencies.some((each) => each.key !== key && rest.has(each.key)),
    );
    // Definitions allow no circles; data from elsewhere may have one.
    for (const asset of ready.length > 0 ? ready : [...rest.values()]) {
      ordered.push(asset);
      rest.delete(asset.key);
    }
  }
  return ordered;
}
