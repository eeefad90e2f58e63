/** Conditions about an asset (or check) that need no argument; `evaluate-operand.ts` says what each means. */
export const PLAIN_OPERANDS = [
  "missing",
  "run_in_progress",
  "backfill_in_progress",
  "execution_failed",
  "initial_evaluation",
  "will_be_requested",
  "newly_updated",
  "newly_requested",
  "code_version_changed",
  "data_version_changed",
  "executed_with_root_target",
  "left_by_failed_run",
  "check_passed",
  "check_failed",
  "freshness_passed",
  "freshness_warned",
  "freshness_failed",
] as const;
export type PlainOperand = (typeof PLAIN_OPERANDS)[number];

interface Labeled {
  /** Shown instead of the operator, and a handle for `replaceCondition`. */
  readonly label?: string;
}

export interface PlainCondition extends Labeled {
  readonly op: PlainOperand;
}
/** A tick of the schedule lies between the previous evaluation and this one, both ends included. */
export interface CronTickPassed extends Labeled {
  readonly op: "cron_tick_passed";
  readonly cron: string;
  readonly timezone: string;
}
/** Only the newest window of time, or those that start within `lookbackSeconds` before its end. */
export interface InLatestTimeWindow extends Labeled {
  readonly op: "in_latest_time_window";
  readonly lookbackSeconds?: number;
}
/** Which tags a run has; all given ones must be there. */
export interface RunTagsCondition extends Labeled {
  readonly op: "executed_with_tags" | "any_new_update_has_run_tags" | "all_new_updates_have_run_tags";
  readonly tagKeys?: readonly string[];
  readonly tagValues?: Readonly<Record<string, string>>;
}
export interface AndOrCondition extends Labeled {
  readonly op: "and" | "or";
  readonly conditions: readonly AutomationCondition[];
}
export interface NotCondition extends Labeled {
  readonly op: "not";
  readonly condition: AutomationCondition;
}
/** True in the evaluation in which `condition` becomes true. */
export interface NewlyTrueCondition extends Labeled {
  readonly op: "newly_true";
  readonly condition: AutomationCondition;
}
/** True from an evaluation in which `trigger` is true until one in which `reset` is. */
export interface SinceCondition extends Labeled {
  readonly op: "since";
  readonly trigger: AutomationCondition;
  readonly reset: AutomationCondition;
}
/** Which dependencies: keys of assets, or a selection, such as `group:raw and not tag:slow`. */
export type DepsSelection = readonly string[] | string;
/** `condition` holds for any upstream partition of any, or of every, asset this one depends on. */
export interface DepsCondition extends Labeled {
  readonly op: "any_deps_match" | "all_deps_match";
  readonly condition: AutomationCondition;
  /** Only these assets count. */
  readonly allow?: DepsSelection;
  /** These assets do not count. */
  readonly ignore?: DepsSelection;
  /** What a virtual asset depends on counts in its place. Default: false. */
  readonly throughVirtual?: boolean;
}
export interface ChecksCondition extends Labeled {
  readonly op: "any_checks_match" | "all_checks_match";
  readonly condition: AutomationCondition;
  readonly blockingOnly?: boolean;
}
/** Of a job: `condition` holds for any, or for every, asset it makes that depends on none of the others. */
export interface JobRootsCondition extends Labeled {
  readonly op: "any_job_root_assets_match" | "all_job_root_assets_match";
  readonly condition: AutomationCondition;
}
/** The condition of any asset downstream would hold here: an asset is made when somebody needs it. */
export interface AnyDownstreamConditions extends Labeled {
  readonly op: "any_downstream_conditions";
}
/** `condition` holds for the partitions of another asset that belong to this one's. */
export interface AssetMatchesCondition extends Labeled {
  readonly op: "asset_matches";
  readonly asset: string;
  readonly condition: AutomationCondition;
}

/**
 * When an asset or check is to be requested: a tree of plain data, the same in the SDK, on the wire and in the database.
 * `build-condition.ts` has functions for all of it, and the ready-made `eager`, `onCron` and `onMissing`.
 */
export type AutomationCondition =
  | PlainCondition
  | CronTickPassed
  | InLatestTimeWindow
  | RunTagsCondition
  | AndOrCondition
  | NotCondition
  | NewlyTrueCondition
  | SinceCondition
  | DepsCondition
  | ChecksCondition
  | JobRootsCondition
  | AnyDownstreamConditions
  | AssetMatchesCondition;
