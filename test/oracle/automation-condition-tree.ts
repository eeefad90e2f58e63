import * as build from "@millrace/model/automation/build-condition";
import { PLAIN_OPERANDS, type AutomationCondition } from "@millrace/model/automation/condition";

/** A condition as the vectors write it. */
export interface VectorCondition {
  readonly op: string;
  readonly conditions?: readonly VectorCondition[];
  readonly condition?: VectorCondition;
  readonly trigger?: VectorCondition;
  readonly reset?: VectorCondition;
  readonly allow?: readonly string[];
  readonly ignore?: readonly string[];
  readonly blocking_only?: boolean;
  readonly asset?: string;
  readonly cron?: string;
  readonly timezone?: string;
  readonly lookback_seconds?: number;
  readonly tag_keys?: readonly string[];
  readonly tag_values?: Readonly<Record<string, string>>;
}

/** Our condition for one of the vectors'. */
export function toCondition(vector: VectorCondition): AutomationCondition {
  const { op, allow, ignore, cron = "", timezone = "UTC", blocking_only = false } = vector;
  const filter = { ...(allow && { allow }), ...(ignore && { ignore }) };
  const inner = (): AutomationCondition => required(vector.condition);
  const plain = PLAIN_OPERANDS.find((known) => known === op);
  if (plain) return build.operand(plain);
  switch (op) {
    case "and":
      return build.allOf(...(vector.conditions ?? []).map(toCondition));
    case "or":
      return build.anyOf(...(vector.conditions ?? []).map(toCondition));
    case "not":
      return build.not(inner());
    case "newly_true":
      return build.newlyTrue(inner());
    case "since":
      return build.since(required(vector.trigger), required(vector.reset));
    case "since_last_handled":
      return build.sinceLastHandled(inner());
    case "any_deps_match":
      return build.anyDepsMatch(inner(), filter);
    case "all_deps_match":
      return build.allDepsMatch(inner(), filter);
    case "any_checks_match":
      return build.anyChecksMatch(inner(), blocking_only);
    case "all_checks_match":
      return build.allChecksMatch(inner(), blocking_only);
    case "asset_matches":
      return build.assetMatches(vector.asset ?? "", inner());
    case "eager":
      return build.eager();
    case "on_missing":
      return build.onMissing();
    case "on_cron":
      return build.onCron(cron, timezone);
    case "cron_tick_passed":
      return build.cronTickPassed(cron, timezone);
    case "all_deps_updated_since_cron":
      return build.allDepsUpdatedSinceCron(cron, timezone, filter);
    case "in_latest_time_window":
      return build.inLatestTimeWindow(vector.lookback_seconds);
    case "executed_with_tags":
    case "any_new_update_has_run_tags":
    case "all_new_updates_have_run_tags":
      return build.runTags(op, { tagKeys: vector.tag_keys ?? [], tagValues: vector.tag_values ?? {} });
    case "newly_missing":
      return build.newlyMissing();
    case "in_progress":
      return build.inProgress();
    case "any_deps_updated":
      return build.anyDepsUpdated(filter);
    case "any_deps_missing":
      return build.anyDepsMissing(filter);
    case "any_deps_in_progress":
      return build.anyDepsInProgress(filter);
    case "all_deps_blocking_checks_passed":
      return build.allDepsBlockingChecksPassed(filter);
    default:
      throw new Error(`Unknown condition ${op}`);
  }
}

function required(vector: VectorCondition | undefined): AutomationCondition {
  if (!vector) throw new Error("A condition lacks the one inside it");
  return toCondition(vector);
}
