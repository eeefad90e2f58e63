import type { AutomationCondition, DepsCondition, PlainOperand, RunTagsCondition } from "./condition.ts";

/** Which dependencies a condition about dependencies looks at; asset keys. */
export type DepsFilter = Pick<DepsCondition, "allow" | "ignore" | "throughVirtual">;

/** A condition without arguments, such as `operand("missing")`. */
export function operand(op: PlainOperand): AutomationCondition {
  return { op };
}

/** All hold. Later conditions are only asked about partitions for which the earlier ones hold. */
export function allOf(...conditions: readonly AutomationCondition[]): AutomationCondition {
  return { op: "and", conditions };
}

export function anyOf(...conditions: readonly AutomationCondition[]): AutomationCondition {
  return { op: "or", conditions };
}

export function not(condition: AutomationCondition): AutomationCondition {
  return { op: "not", condition };
}

export function newlyTrue(condition: AutomationCondition): AutomationCondition {
  return { op: "newly_true", condition };
}

export function since(trigger: AutomationCondition, reset: AutomationCondition): AutomationCondition {
  return { op: "since", trigger, reset };
}

/** True from the time the condition holds until the partition is requested or updated. */
export function sinceLastHandled(condition: AutomationCondition): AutomationCondition {
  const handled = anyOf(operand("newly_requested"), operand("newly_updated"), operand("initial_evaluation"));
  return since(condition, withLabel(handled, "handled"));
}

export function anyDepsMatch(condition: AutomationCondition, filter: DepsFilter = {}): AutomationCondition {
  return { op: "any_deps_match", condition, ...filter };
}

export function allDepsMatch(condition: AutomationCondition, filter: DepsFilter = {}): AutomationCondition {
  return { op: "all_deps_match", condition, ...filter };
}

export function anyChecksMatch(condition: AutomationCondition, blockingOnly = false): AutomationCondition {
  return { op: "any_checks_match", condition, blockingOnly };
}

export function allChecksMatch(condition: AutomationCondition, blockingOnly = false): AutomationCondition {
  return { op: "all_checks_match", condition, blockingOnly };
}

export function assetMatches(asset: string, condition: AutomationCondition): AutomationCondition {
  return { op: "asset_matches", asset, condition };
}

/** Of a job: a condition of any asset it makes that depends on none of the others. Holds for nothing else. */
export function anyJobRootAssetsMatch(condition: AutomationCondition): AutomationCondition {
  return { op: "any_job_root_assets_match", condition };
}

/** As `anyJobRootAssetsMatch`, of all of them. */
export function allJobRootAssetsMatch(condition: AutomationCondition): AutomationCondition {
  return { op: "all_job_root_assets_match", condition };
}

/**
 * The condition of any asset that depends on this one, directly or through others, would hold for this one: it is made when
 * somebody downstream needs it.
 */
export function anyDownstreamConditions(): AutomationCondition {
  return { op: "any_downstream_conditions" };
}

/** `timezone` is an IANA name. */
export function cronTickPassed(cron: string, timezone = "UTC"): AutomationCondition {
  return { op: "cron_tick_passed", cron, timezone };
}

export function inLatestTimeWindow(lookbackSeconds?: number): AutomationCondition {
  return { op: "in_latest_time_window", ...(lookbackSeconds === undefined ? {} : { lookbackSeconds }) };
}

export function runTags(
  op: RunTagsCondition["op"],
  tags: Pick<RunTagsCondition, "tagKeys" | "tagValues">,
): AutomationCondition {
  return { op, ...tags };
}

/** A run or a backfill is working on it. */
export function inProgress(): AutomationCondition {
  return withLabel(anyOf(operand("run_in_progress"), operand("backfill_in_progress")), "in_progress");
}

export function newlyMissing(): AutomationCondition {
  return withLabel(newlyTrue(operand("missing")), "newly_missing");
}

/**
 * A dependency was updated by a run that was not also to produce the asset itself, or is requested in this very evaluation
 * and can be in the same run.
 */
export function anyDepsUpdated(filter: DepsFilter = {}): AutomationCondition {
  const updatedElsewhere = allOf(operand("newly_updated"), not(operand("executed_with_root_target")));
  const updated = anyOf(updatedElsewhere, operand("will_be_requested"));
  return withLabel(anyDepsMatch(updated, filter), "any_deps_updated");
}

/** A dependency is missing and not about to be requested along. */
export function anyDepsMissing(filter: DepsFilter = {}): AutomationCondition {
  const missing = allOf(operand("missing"), not(operand("will_be_requested")));
  return withLabel(anyDepsMatch(missing, filter), "any_deps_missing");
}

export function anyDepsInProgress(filter: DepsFilter = {}): AutomationCondition {
  return withLabel(anyDepsMatch(inProgress(), filter), "any_deps_in_progress");
}

export function allDepsBlockingChecksPassed(filter: DepsFilter = {}): AutomationCondition {
  const passed = allChecksMatch(operand("check_passed"), true);
  return withLabel(allDepsMatch(passed, filter), "all_deps_blocking_checks_passed");
}

export function allDepsUpdatedSinceCron(
  cron: string,
  timezone = "UTC",
  filter: DepsFilter = {},
): AutomationCondition {
  const updated = since(operand("newly_updated"), cronTickPassed(cron, timezone));
  const condition = allDepsMatch(anyOf(updated, operand("will_be_requested")), filter);
  return withLabel(condition, "all_deps_updated_since_cron");
}

/**
 * From the time that a run failed which had updated a dependency, and was to make this as well, until this is requested or updated.
 * A request of the evaluation before is older than a failure that is news in this one, so it does not answer it; the run that comes
 * of a request of this alone updates no dependency, and so leads to no further one, however it ends.
 */
export function leftByFailedRun(filter: DepsFilter = {}): AutomationCondition {
  const left = anyDepsMatch(operand("left_by_failed_run"), filter);
  const handled = anyOf(
    allOf(operand("newly_requested"), not(left)),
    operand("newly_updated"),
    operand("initial_evaluation"),
  );
  return withLabel(since(left, handled), "left_by_failed_run");
}

/** Whenever a dependency is updated, and when missing, as soon as nothing it depends on is missing or in progress. */
export function eager(): AutomationCondition {
  const condition = allOf(
    inLatestTimeWindow(),
    anyOf(sinceLastHandled(anyOf(newlyMissing(), anyDepsUpdated())), leftByFailedRun()),
    not(anyDepsMissing()),
    not(anyDepsInProgress()),
    not(inProgress()),
  );
  return withLabel(condition, "eager");
}

/** Once per tick of the schedule, after all dependencies were updated since that tick. */
export function onCron(cron: string, timezone = "UTC"): AutomationCondition {
  const condition = allOf(
    inLatestTimeWindow(),
    sinceLastHandled(cronTickPassed(cron, timezone)),
    allDepsUpdatedSinceCron(cron, timezone),
  );
  return withLabel(condition, "on_cron");
}

/** Once when missing, after everything it depends on is there. */
export function onMissing(): AutomationCondition {
  const condition = allOf(
    inLatestTimeWindow(),
    sinceLastHandled(newlyTrue(operand("missing"))),
    not(anyDepsMissing()),
  );
  return withLabel(condition, "on_missing");
}

export function withLabel(condition: AutomationCondition, label: string): AutomationCondition {
  return { ...condition, label };
}
