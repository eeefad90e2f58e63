import type { AutomationAssets } from "./asset-state-view.ts";
import type { AutomationCondition } from "./condition.ts";
import { childConditions } from "./edit-condition.ts";

/** Conditions of others, and which assets have each of them. */
export interface DownstreamCondition {
  readonly condition: AutomationCondition;
  readonly assets: readonly string[];
}

/**
 * The conditions of all assets that depend on one, directly or through others: equal ones once, in the order of their first
 * asset. A part that asks for the conditions of still others counts as false, as these are in the list themselves.
 */
export function listDownstreamConditions(
  assets: AutomationAssets,
  dependents: ReadonlyMap<string, readonly string[]>,
  key: string,
): DownstreamCondition[] {
  const seen = new Set([key]);
  for (const each of seen) for (const dependent of dependents.get(each) ?? []) seen.add(dependent);
  seen.delete(key);
  const found = new Map<string, { condition: AutomationCondition; assets: string[] }>();
  for (const downstream of [...seen].sort()) {
    const own = assets.get(downstream)?.condition;
    const condition = own && withoutAnyDownstream(own);
    if (!condition) continue;
    // Which dependencies count is not in the key, but asks something else of this asset.
    const identity = JSON.stringify(condition);
    const known = found.get(identity);
    if (known) known.assets.push(downstream);
    else found.set(identity, { condition, assets: [downstream] });
  }
  return [...found.values()];
}

/** Whether a condition, or one inside it, asks for the conditions of others. */
export function asksDownstream(condition: AutomationCondition): boolean {
  return condition.op === "any_downstream_conditions" || childConditions(condition).some(asksDownstream);
}

/** The condition with those parts false; null when nothing is left of it. */
function withoutAnyDownstream(condition: AutomationCondition): AutomationCondition | null {
  if (!asksDownstream(condition)) return condition;
  if (condition.op !== "or") return null;
  const conditions = condition.conditions.map(withoutAnyDownstream).filter((each) => each !== null);
  return conditions.length === 0 ? null : { ...condition, conditions };
}

/** Keys of the assets that depend on each asset directly. */
export function mapDependents(assets: AutomationAssets): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const { key, dependencies } of assets.values())
    for (const dependency of dependencies) {
      const list = dependents.get(dependency.key);
      if (list) list.push(key);
      else dependents.set(dependency.key, [key]);
    }
  return dependents;
}
