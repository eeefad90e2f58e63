import type { AutomationCondition, DepsSelection } from "./condition.ts";

const names = new WeakMap<AutomationCondition, string>();

/**
 * What a condition is called where it is explained: its label, else its operator with the arguments that are not conditions,
 * as in `cron_tick_passed(0 6 * * *, UTC)`. What says something about one condition names that too, as in `not in_progress`: where it is
 * not asked, nothing stands below it.
 */
export function nameCondition(condition: AutomationCondition): string {
  let name = names.get(condition);
  if (name === undefined) names.set(condition, (name = condition.label ?? nameOperator(condition)));
  return name;
}

function nameOperator(condition: AutomationCondition): string {
  if (condition.op === "not") return `not ${nameCondition(condition.condition)}`;
  if (condition.op === "newly_true") return `newly_true(${nameCondition(condition.condition)})`;
  const details = listArguments(condition);
  return details.length === 0 ? condition.op : `${condition.op}(${details.join(", ")})`;
}

function listArguments(condition: AutomationCondition): readonly string[] {
  switch (condition.op) {
    case "cron_tick_passed":
      return [condition.cron, condition.timezone];
    case "in_latest_time_window":
      return condition.lookbackSeconds === undefined ? [] : [`${condition.lookbackSeconds} s`];
    case "executed_with_tags":
    case "any_new_update_has_run_tags":
    case "all_new_updates_have_run_tags":
      return [
        ...(condition.tagKeys ?? []),
        ...Object.entries(condition.tagValues ?? {}).map(([key, value]) => `${key}=${value}`),
      ];
    case "any_deps_match":
    case "all_deps_match":
      return [
        ...(condition.allow ? [`only ${nameDeps(condition.allow)}`] : []),
        ...(condition.ignore?.length ? [`not ${nameDeps(condition.ignore)}`] : []),
        ...(condition.throughVirtual === true ? ["through virtual"] : []),
      ];
    case "any_checks_match":
    case "all_checks_match":
      return condition.blockingOnly === true ? ["blocking"] : [];
    case "asset_matches":
      return [condition.asset];
    default:
      return [];
  }
}

function nameDeps(selection: DepsSelection): string {
  return typeof selection === "string" ? selection : selection.join(" ");
}
