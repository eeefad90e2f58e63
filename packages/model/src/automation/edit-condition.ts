import type { AutomationCondition, DepsSelection } from "./condition.ts";
import { conditionKey } from "./condition-key.ts";
import { intersectDeps, uniteDeps } from "./counted-deps.ts";

/** The conditions directly inside a condition, in order. */
export function childConditions(condition: AutomationCondition): readonly AutomationCondition[] {
  switch (condition.op) {
    case "and":
    case "or":
      return condition.conditions;
    case "since":
      return [condition.trigger, condition.reset];
    case "not":
    case "newly_true":
    case "any_deps_match":
    case "all_deps_match":
    case "any_checks_match":
    case "all_checks_match":
    case "any_job_root_assets_match":
    case "all_job_root_assets_match":
    case "asset_matches":
      return [condition.condition];
    default:
      return [];
  }
}

/** The same condition with other conditions inside. */
export function mapChildConditions(
  condition: AutomationCondition,
  map: (child: AutomationCondition) => AutomationCondition,
): AutomationCondition {
  switch (condition.op) {
    case "and":
    case "or":
      return { ...condition, conditions: condition.conditions.map(map) };
    case "since":
      return { ...condition, trigger: map(condition.trigger), reset: map(condition.reset) };
    case "not":
    case "newly_true":
    case "any_deps_match":
    case "all_deps_match":
    case "any_checks_match":
    case "all_checks_match":
    case "any_job_root_assets_match":
    case "all_job_root_assets_match":
    case "asset_matches":
      return { ...condition, condition: map(condition.condition) };
    default:
      return condition;
  }
}

/** Replaces every condition inside that has this label, or equals `old`. */
export function replaceCondition(
  condition: AutomationCondition,
  old: string | AutomationCondition,
  replacement: AutomationCondition,
): AutomationCondition {
  const isMatch =
    typeof old === "string" ? condition.label === old : conditionKey(condition) === conditionKey(old);
  if (isMatch) return replacement;
  return mapChildConditions(condition, (child) => replaceCondition(child, old, replacement));
}

/**
 * An `and` without those of its parts that have this label or equal `removed`, also where they stand under a `not`:
 * `withoutCondition(eager(), "any_deps_missing")`. The part itself when one is left.
 */
export function withoutCondition(
  condition: AutomationCondition,
  removed: string | AutomationCondition,
): AutomationCondition {
  if (condition.op !== "and") return condition;
  const isRemoved = (child: AutomationCondition): boolean =>
    (typeof removed === "string" ? child.label === removed : conditionKey(child) === conditionKey(removed)) ||
    (child.op === "not" && isRemoved(child.condition));
  const conditions = condition.conditions.filter((child) => !isRemoved(child));
  const [only, ...others] = conditions;
  return only && others.length === 0 ? only : { ...condition, conditions };
}

/** Lets every condition about dependencies, at any depth, only look at these assets: keys, or a selection. */
export function allowDeps(condition: AutomationCondition, assets: DepsSelection): AutomationCondition {
  const inner = mapChildConditions(condition, (child) => allowDeps(child, assets));
  if (inner.op !== "any_deps_match" && inner.op !== "all_deps_match") return inner;
  return { ...inner, allow: inner.allow === undefined ? assets : intersectDeps(inner.allow, assets) };
}

/** Lets every condition about dependencies, at any depth, look through virtual assets at what these depend on. */
export function resolveThroughVirtual(condition: AutomationCondition): AutomationCondition {
  const inner = mapChildConditions(condition, resolveThroughVirtual);
  if (inner.op !== "any_deps_match" && inner.op !== "all_deps_match") return inner;
  return { ...inner, throughVirtual: true };
}

/** Lets every condition about dependencies, at any depth, look away from these assets: keys, or a selection. */
export function ignoreDeps(condition: AutomationCondition, assets: DepsSelection): AutomationCondition {
  const inner = mapChildConditions(condition, (child) => ignoreDeps(child, assets));
  if (inner.op !== "any_deps_match" && inner.op !== "all_deps_match") return inner;
  return { ...inner, ignore: inner.ignore === undefined ? assets : uniteDeps(inner.ignore, assets) };
}
