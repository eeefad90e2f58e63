import {
  allChecksMatch,
  allDepsBlockingChecksPassed,
  allDepsMatch,
  allDepsUpdatedSinceCron,
  allOf,
  anyChecksMatch,
  anyDepsInProgress,
  anyDepsMatch,
  anyDepsMissing,
  anyDepsUpdated,
  allJobRootAssetsMatch,
  anyDownstreamConditions,
  anyJobRootAssetsMatch,
  anyOf,
  assetMatches,
  cronTickPassed,
  eager,
  inLatestTimeWindow,
  inProgress,
  leftByFailedRun,
  newlyMissing,
  newlyTrue,
  not,
  onCron,
  onMissing,
  operand,
  runTags,
  since,
  sinceLastHandled,
  withLabel,
} from "@millrace/model/automation/build-condition";
import type { AutomationCondition } from "@millrace/model/automation/condition";
import {
  allowDeps,
  ignoreDeps,
  replaceCondition,
  resolveThroughVirtual,
  withoutCondition,
} from "@millrace/model/automation/edit-condition";

/**
 * Conditions under which an asset is materialized without anybody asking. They are plain data, evaluated by the control
 * plane; `eager`, `onCron` and `onMissing` are whole ones, the others are parts to build one's own from.
 *
 * @example
 * const eachMorning = automation.onCron("0 6 * * *", "Europe/Berlin");
 * const report = asset("report", { deps: [orders], automationCondition: eachMorning }, (_context, rows) => rows.length);
 */
export const automation = {
  /** Whenever an asset it depends on was updated, or it is missing. */
  eager,
  /** After each tick of a cron expression, once all assets it depends on were updated since that tick. */
  onCron,
  /** When it is missing and nothing it depends on is. */
  onMissing,

  missing: (): AutomationCondition => operand("missing"),
  runInProgress: (): AutomationCondition => operand("run_in_progress"),
  backfillInProgress: (): AutomationCondition => operand("backfill_in_progress"),
  executionFailed: (): AutomationCondition => operand("execution_failed"),
  initialEvaluation: (): AutomationCondition => operand("initial_evaluation"),
  willBeRequested: (): AutomationCondition => operand("will_be_requested"),
  newlyUpdated: (): AutomationCondition => operand("newly_updated"),
  newlyRequested: (): AutomationCondition => operand("newly_requested"),
  codeVersionChanged: (): AutomationCondition => operand("code_version_changed"),
  dataVersionChanged: (): AutomationCondition => operand("data_version_changed"),
  executedWithRootTarget: (): AutomationCondition => operand("executed_with_root_target"),
  checkPassed: (): AutomationCondition => operand("check_passed"),
  checkFailed: (): AutomationCondition => operand("check_failed"),
  /** The asset's freshness policy says that it is as new as it should be. */
  freshnessPassed: (): AutomationCondition => operand("freshness_passed"),
  freshnessWarned: (): AutomationCondition => operand("freshness_warned"),
  freshnessFailed: (): AutomationCondition => operand("freshness_failed"),
  cronTickPassed,
  inLatestTimeWindow,
  runTags,
  inProgress,
  newlyMissing,

  allOf,
  anyOf,
  not,
  newlyTrue,
  since,
  sinceLastHandled,
  anyDepsMatch,
  allDepsMatch,
  anyDepsUpdated,
  leftByFailedRun,
  anyDepsMissing,
  anyDepsInProgress,
  allDepsBlockingChecksPassed,
  allDepsUpdatedSinceCron,
  anyChecksMatch,
  allChecksMatch,
  assetMatches,
  anyJobRootAssetsMatch,
  allJobRootAssetsMatch,
  anyDownstreamConditions,

  withLabel,
  replace: replaceCondition,
  without: withoutCondition,
  allowDeps,
  ignoreDeps,
  resolveThroughVirtual,
} as const;
