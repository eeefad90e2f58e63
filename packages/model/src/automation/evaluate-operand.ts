import {
  evaluateFreshness,
  nextFreshnessChange,
  type FreshnessState,
} from "../freshness/evaluate-freshness.ts";
import { isTimePartitions } from "../partitions/definition.ts";
import { isSamePartitions } from "../partitions/same-definition.ts";
import { restoreSubset } from "../partitions/serialize-subset.ts";
import { onlyExisting, splitDimensions, subsetKeys, subsetOfKeys } from "../partitions/subset-keys.ts";
import {
  intersectSubsets,
  isEmptySubset,
  subtractSubset,
  type LeafSubset,
  type PartitionsSubset,
  type WindowSubset,
} from "../partitions/subset.ts";
import { existingWindows, windowGrid, windowsBackFrom } from "../partitions/window-grid.ts";
import { parseCron } from "../time/cron-schedule.ts";
import { findTickBackFrom, findTickFrom } from "../time/cron-ticks.ts";
import { getTimeZone } from "../time/time-zone.ts";
import {
  targetName,
  type AutomationRun,
  type AutomationTarget,
  type AutomationUpdate,
} from "./asset-state-view.ts";
import type { CronTickPassed, InLatestTimeWindow, PlainCondition, RunTagsCondition } from "./condition.ts";
import {
  allPartitions,
  mappingBetween,
  noPartitions,
  partitionsOf,
  partitionsView,
  type Evaluation,
} from "./evaluation.ts";
import { noteChangeAt } from "./rest.ts";

export type OperandCondition = PlainCondition | CronTickPassed | InLatestTimeWindow | RunTagsCondition;

/** When something became true, in milliseconds: for all partitions at once, or by key (empty if not partitioned). */
export type TrueTimes = number | ReadonlyMap<string, number>;

export interface OperandResult {
  readonly trueSubset: PartitionsSubset;
  /** Null when the operand does not know. */
  readonly times: TrueTimes | null;
}

/** For which of the candidates a condition without others inside it holds. */
export function evaluateOperand(
  evaluation: Evaluation,
  condition: OperandCondition,
  target: AutomationTarget,
  candidates: PartitionsSubset,
): OperandResult {
  const { view, cursor, now, restNotes } = evaluation;
  const untimed = (subset: PartitionsSubset): OperandResult => ({
    trueSubset: intersectSubsets(candidates, subset),
    times: null,
  });
  const allIf = (isTrue: boolean): PartitionsSubset =>
    isTrue ? candidates : noPartitions(evaluation, target);
  switch (condition.op) {
    case "missing":
      return { trueSubset: subtractSubset(candidates, view.present(target)), times: null };
    case "run_in_progress":
      return untimed(view.inProgress(target));
    case "backfill_in_progress":
      return untimed(view.inBackfill(target));
    case "execution_failed":
      return untimed(view.failed(target));
    case "check_passed":
      return untimed(allIf(target.check !== null && view.checkPassed(target.asset, target.check) === true));
    case "check_failed":
      return untimed(allIf(target.check !== null && view.checkPassed(target.asset, target.check) === false));
    case "freshness_passed":
      return untimed(allIf(freshnessOf(evaluation, target) === "PASS"));
    case "freshness_warned":
      return untimed(allIf(freshnessOf(evaluation, target) === "WARN"));
    case "freshness_failed":
      return untimed(allIf(freshnessOf(evaluation, target) === "FAIL"));
    case "initial_evaluation": {
      const isInitial = isInitialEvaluation(evaluation);
      if (isInitial) restNotes.sawNews = true;
      return untimed(allIf(isInitial));
    }
    case "will_be_requested": {
      const requested = evaluation.requested.get(targetName(target));
      return untimed(
        requested && canShareRun(evaluation, target) ? requested : noPartitions(evaluation, target),
      );
    }
    case "newly_requested":
      return { trueSubset: previouslyRequested(evaluation, target, candidates), times: cursor?.time ?? null };
    case "newly_updated": {
      const updates = newUpdates(evaluation, target);
      return {
        trueSubset: intersectSubsets(candidates, updatedSubset(evaluation, target, updates)),
        times: new Map(updates.map((update) => [update.partition ?? "", update.time])),
      };
    }
    case "data_version_changed": {
      if (!cursor || target.check !== null) return untimed(noPartitions(evaluation, target));
      const changed = view.dataVersionChangedSince(target.asset, cursor.lastEvent);
      if (!isEmptySubset(changed)) restNotes.sawNews = true;
      return untimed(changed);
    }
    case "code_version_changed":
      return untimed(allIf(isCodeVersionChanged(evaluation, target)));
    case "cron_tick_passed": {
      const cron = parseCron(condition.cron);
      const zone = getTimeZone(condition.timezone);
      const tick = findTickBackFrom(cron, zone, now);
      const hasPassed = cursor !== null && tick !== null && tick >= cursor.time;
      if (hasPassed) restNotes.sawNews = true;
      noteChangeAt(restNotes, findTickFrom(cron, zone, now + 1));
      return { trueSubset: allIf(hasPassed), times: tick };
    }
    case "in_latest_time_window":
      return untimed(latestWindows(evaluation, target, condition.lookbackSeconds));
    case "executed_with_root_target": {
      // An asset that depends on its own earlier partitions: their run was not for the partition in question.
      if (targetName(target) === targetName(evaluation.root))
        return untimed(noPartitions(evaluation, target));
      return untimed(ranLast(evaluation, target, candidates, (run) => run.assets.has(evaluation.root.asset)));
    }
    case "left_by_failed_run":
      return untimed(leftByFailedRun(evaluation, target));
    case "executed_with_tags":
      return untimed(ranLast(evaluation, target, candidates, (run) => hasTags(run, condition)));
    case "any_new_update_has_run_tags":
    case "all_new_updates_have_run_tags":
      return untimed(updatedWithTags(evaluation, target, condition));
  }
}

/** Null for an asset without policy, and for checks; `UNKNOWN` before the first update. */
function freshnessOf(
  { assets, view, now, restNotes }: Evaluation,
  target: AutomationTarget,
): FreshnessState | null {
  const policy = assets.get(target.asset)?.freshnessPolicy ?? null;
  if (policy === null || target.check !== null) return null;
  const updatedAt = view.lastUpdatedAt(target.asset);
  noteChangeAt(restNotes, nextFreshnessChange(policy, updatedAt, now));
  return evaluateFreshness(policy, updatedAt, now);
}

/** No evaluation yet, or none since the root was partitioned in another way. */
function isInitialEvaluation({ assets, root, cursor }: Evaluation): boolean {
  const partitions = root.check === null ? (assets.get(root.asset)?.partitions ?? null) : null;
  return cursor === null || restoreSubset(partitions, cursor.requested) === null;
}

/** Whether what is requested of a dependency can be in one run with the root, so that waiting for it is not needed. */
function canShareRun({ assets, root }: Evaluation, target: AutomationTarget): boolean {
  const asset = assets.get(target.asset);
  const rootAsset = assets.get(root.asset);
  if (!asset || !rootAsset || asset.isExternal || rootAsset.isExternal) return false;
  // What is requested by itself is not made by the run of a job.
  if (rootAsset.job !== null) return false;
  if (asset.key === rootAsset.key) return true;
  if (asset.codeLocation !== rootAsset.codeLocation) return false;
  if (!isSamePartitions(asset.partitions, rootAsset.partitions)) return false;
  if (asset.partitions === null) return true;
  const { type } = mappingBetween(asset, rootAsset);
  return type === "identity" || type === "time_window";
}

function previouslyRequested(
  evaluation: Evaluation,
  target: AutomationTarget,
  candidates: PartitionsSubset,
): PartitionsSubset {
  const requested = evaluation.cursors.get(targetName(target))?.requested;
  const subset = requested && restoreSubset(partitionsOf(evaluation, target), requested);
  if (subset && !isEmptySubset(subset)) evaluation.restNotes.sawNews = true;
  return subset ? intersectSubsets(candidates, subset) : noPartitions(evaluation, target);
}

function newUpdates(
  { view, cursor, restNotes }: Evaluation,
  target: AutomationTarget,
): readonly AutomationUpdate[] {
  // What was before the first evaluation is no news.
  const updates = cursor ? view.updatesSince(target, cursor.lastEvent) : [];
  if (updates.length > 0) restNotes.sawNews = true;
  return updates;
}

function updatedSubset(
  evaluation: Evaluation,
  target: AutomationTarget,
  updates: readonly AutomationUpdate[],
): PartitionsSubset {
  const partitions = partitionsOf(evaluation, target);
  if (partitions === null) return { type: "whole", included: updates.length > 0 };
  const keys = updates.flatMap((update) => (update.partition === null ? [] : [update.partition]));
  return onlyExisting(partitions, subsetOfKeys(partitions, keys), partitionsView(evaluation));
}

function isCodeVersionChanged(evaluation: Evaluation, target: AutomationTarget): boolean {
  const current = evaluation.assets.get(target.asset)?.codeVersion ?? null;
  evaluation.codeVersions.set(target.asset, current);
  const previous = evaluation.cursor?.codeVersions[target.asset];
  return previous !== undefined && previous !== current;
}

function latestWindows(
  evaluation: Evaluation,
  target: AutomationTarget,
  lookbackSeconds: number | undefined,
): PartitionsSubset {
  const all = allPartitions(evaluation, target);
  const partitions = partitionsOf(evaluation, target);
  const timed = partitions?.type === "multi" ? splitDimensions(partitions).leaf.partitions : partitions;
  if (!timed || !isTimePartitions(timed)) return all;
  const grid = windowGrid(timed);
  const existing = existingWindows(grid, evaluation.now);
  if (!existing) return noPartitions(evaluation, target);
  const { last } = existing;
  const oldest = Math.min(last.start, last.end - (lookbackSeconds ?? 0) * 1000);
  let { start } = last;
  while (start > oldest) {
    const before = windowsBackFrom(grid, start - 1).next().value;
    if (!before || before.start < oldest || before.start < existing.start) break;
    start = before.start;
  }
  const latest: WindowSubset = { type: "windows", ranges: [{ start, end: last.end }] };
  if (all.type !== "multi") return latest;
  const groups = Array.from(all.groups.keys(), (group): [string, LeafSubset] => [group, latest]);
  return { type: "multi", groups: new Map(groups) };
}

/** The candidates whose newest update came from a run like this. */
function ranLast(
  { view, ...evaluation }: Evaluation,
  target: AutomationTarget,
  candidates: PartitionsSubset,
  isLike: (run: AutomationRun) => boolean,
): PartitionsSubset {
  const partitions = partitionsOf({ view, ...evaluation }, target);
  const ran = (partition: string | null): boolean => {
    const run = view.latestRun(target, partition);
    return run !== null && isLike(run);
  };
  if (partitions === null) return { type: "whole", included: ran(null) };
  return subsetOfKeys(partitions, subsetKeys(partitions, candidates).filter(ran));
}

/**
 * The partitions of a dependency whose newest update came from a run that has failed since the evaluation before and was also to
 * make the root's, but did not. A run of several assets works on one partition of them all, so the partitions have one name.
 */
function leftByFailedRun(evaluation: Evaluation, target: AutomationTarget): PartitionsSubset {
  const { assets, view, cursor, root, restNotes } = evaluation;
  const none = noPartitions(evaluation, target);
  const [asset, rootAsset] = [assets.get(target.asset), assets.get(root.asset)];
  if (cursor === null || root.check !== null || target.check !== null || !asset || !rootAsset) return none;
  if (asset.partitions !== null && !isSamePartitions(asset.partitions, rootAsset.partitions)) return none;
  const updates = view.updatesSince(root, cursor.lastEvent);
  const isLeft = (partition: string | null): boolean => {
    const run = view.latestRun(target, asset.partitions === null ? null : partition);
    const failure = run?.failure ?? null;
    if (run === null || failure === null || failure.event <= cursor.lastEvent) return false;
    const isMadeSince = updates.some(
      (update) => update.partition === partition && update.time >= failure.time,
    );
    return run.assets.has(root.asset) && view.latestRun(root, partition) !== run && !isMadeSince;
  };
  const failed = view.failed(root);
  const keys =
    rootAsset.partitions === null
      ? isEmptySubset(failed)
        ? []
        : [null]
      : subsetKeys(rootAsset.partitions, failed);
  const left = [...keys].filter(isLeft);
  if (left.length === 0) return none;
  restNotes.sawNews = true;
  if (asset.partitions === null) return { type: "whole", included: true };
  return subsetOfKeys(
    asset.partitions,
    left.filter((key) => key !== null),
  );
}

function updatedWithTags(
  evaluation: Evaluation,
  target: AutomationTarget,
  condition: RunTagsCondition,
): PartitionsSubset {
  const updates = newUpdates(evaluation, target);
  const tagged = updates.filter(({ run }) => run !== null && hasTags(run, condition));
  if (condition.op === "any_new_update_has_run_tags") return updatedSubset(evaluation, target, tagged);
  const untagged = updates.filter((update) => !tagged.includes(update));
  return subtractSubset(
    updatedSubset(evaluation, target, tagged),
    updatedSubset(evaluation, target, untagged),
  );
}

function hasTags({ tags }: AutomationRun, { tagKeys = [], tagValues = {} }: RunTagsCondition): boolean {
  return (
    tagKeys.every((key) => key in tags) &&
    Object.entries(tagValues).every(([key, value]) => tags[key] === value)
  );
}
