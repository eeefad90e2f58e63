import { restoreSubset, serializeSubset } from "../partitions/serialize-subset.ts";
import { subsetKeys, subsetOfKeys } from "../partitions/subset-keys.ts";
import {
  intersectSubsets,
  isEmptySubset,
  subtractSubset,
  unionSubsets,
  type PartitionsSubset,
} from "../partitions/subset.ts";
import { listDownstreamConditions } from "./any-downstream.ts";
import type { AutomationTarget } from "./asset-state-view.ts";
import { conditionKey } from "./condition-key.ts";
import { isCountedDep } from "./counted-deps.ts";
import type { AutomationCondition, NewlyTrueCondition, SinceCondition } from "./condition.ts";
import { childConditions } from "./edit-condition.ts";
import { evaluateOperand, type TrueTimes } from "./evaluate-operand.ts";
import { nameCondition } from "./name-condition.ts";
import {
  allPartitions,
  checkLinks,
  dependencyLinks,
  linkToAsset,
  memoryKey,
  noPartitions,
  partitionsOf,
  type Evaluation,
  type Link,
} from "./evaluation.ts";

/** What came of one condition: the explanation of an evaluation is the tree of these. */
export interface ConditionResult {
  readonly op: AutomationCondition["op"];
  readonly label: string | null;
  /** What to call it: its label, else its operator with arguments. */
  readonly name: string;
  /** What the condition was asked about. */
  readonly target: AutomationTarget;
  readonly candidates: PartitionsSubset;
  /** The candidates for which it holds. */
  readonly trueSubset: PartitionsSubset;
  /** Results of the conditions inside; of those about dependencies or checks one for each of them. */
  readonly children: readonly ConditionResult[];
  /** When it became true, where that is known; decides which of two things in one evaluation came later. */
  readonly times: TrueTimes | null;
}

/**
 * For which of the candidates a condition holds. Operands of `and` narrow the candidates from left to right; `newly_true`
 * and `since` always look at the whole target, so that their memory misses no change.
 */
export function evaluateCondition(
  evaluation: Evaluation,
  condition: AutomationCondition,
  target: AutomationTarget,
  candidates: PartitionsSubset,
): ConditionResult {
  const result = (
    trueSubset: PartitionsSubset,
    children: readonly ConditionResult[],
    times: TrueTimes | null = null,
  ): ConditionResult => ({
    op: condition.op,
    label: condition.label ?? null,
    name: nameCondition(condition),
    target,
    candidates,
    trueSubset,
    children,
    times,
  });
  evaluation.restNotes.looksAt.add(target.asset);
  // Nothing can come of it; but what remembers must be evaluated all the same.
  if (isEmptySubset(candidates) && !remembers(condition)) return result(candidates, []);
  const evaluate = (child: AutomationCondition, among: PartitionsSubset): ConditionResult =>
    evaluateCondition(evaluation, child, target, among);
  switch (condition.op) {
    case "and": {
      let rest = candidates;
      const children = condition.conditions.map((child) => {
        const childResult = evaluate(child, rest);
        rest = childResult.trueSubset;
        return childResult;
      });
      return result(rest, children);
    }
    case "or": {
      const children = condition.conditions.map((child) => evaluate(child, candidates));
      return result(unionOf(children, noPartitions(evaluation, target)), children);
    }
    case "not": {
      const child = evaluate(condition.condition, candidates);
      return result(subtractSubset(candidates, child.trueSubset), [child]);
    }
    case "newly_true": {
      const child = evaluate(condition.condition, allPartitions(evaluation, target));
      const before = remember(evaluation, condition, target, child.trueSubset);
      return result(intersectSubsets(candidates, subtractSubset(child.trueSubset, before)), [child]);
    }
    case "since": {
      const all = allPartitions(evaluation, target);
      const trigger = evaluate(condition.trigger, all);
      const reset = evaluate(condition.reset, all);
      const trueSubset = evaluateSince(evaluation, condition, trigger, reset);
      return result(intersectSubsets(candidates, trueSubset), [trigger, reset]);
    }
    case "any_deps_match":
    case "all_deps_match": {
      const links = dependencyLinks(evaluation, target, condition.throughVirtual ?? false).filter((link) =>
        isCountedDep(evaluation.assets, condition, link.target.asset),
      );
      return acrossLinks(condition.op === "any_deps_match", links, condition.condition);
    }
    case "any_checks_match":
    case "all_checks_match": {
      const links = checkLinks(evaluation, target, condition.blockingOnly ?? false);
      return acrossLinks(condition.op === "any_checks_match", links, condition.condition);
    }
    case "asset_matches":
      // Of what no code location knows, nothing holds: it would be missing for ever, and asked for each time.
      if (!evaluation.assets.has(condition.asset)) return result(noPartitions(evaluation, target), []);
      return acrossLinks(true, [linkToAsset(evaluation, target, condition.asset)], condition.condition);
    case "any_job_root_assets_match":
    case "all_job_root_assets_match": {
      const isJob = (evaluation.assets.get(target.asset)?.job ?? null) !== null && target.check === null;
      if (!isJob) return result(noPartitions(evaluation, target), []);
      const links = dependencyLinks(evaluation, target, false);
      return acrossLinks(condition.op === "any_job_root_assets_match", links, condition.condition);
    }
    case "any_downstream_conditions": {
      const { assets, dependents } = evaluation;
      const downstream =
        target.check === null ? listDownstreamConditions(assets, dependents, target.asset) : [];
      const children = downstream.map((each) => evaluate(each.condition, candidates));
      return result(unionOf(children, noPartitions(evaluation, target)), children);
    }
    default: {
      const { trueSubset, times } = evaluateOperand(evaluation, condition, target, candidates);
      return result(trueSubset, [], times);
    }
  }

  /** A candidate matches a link when any of the other target's partitions that belong to it does. */
  function acrossLinks(isAny: boolean, links: readonly Link[], inner: AutomationCondition): ConditionResult {
    let matching = isAny ? noPartitions(evaluation, target) : candidates;
    const children = links.map((link) => {
      const child = evaluateCondition(evaluation, inner, link.target, link.toTarget(candidates));
      const matched = intersectSubsets(candidates, link.fromTarget(child.trueSubset));
      matching = isAny ? unionSubsets(matching, matched) : intersectSubsets(matching, matched);
      return child;
    });
    return result(matching, children);
  }
}

/** What was true before, plus what the trigger and minus what the reset says; of both, the reset unless it was earlier. */
function evaluateSince(
  evaluation: Evaluation,
  condition: SinceCondition,
  trigger: ConditionResult,
  reset: ConditionResult,
): PartitionsSubset {
  const { target } = trigger;
  const key = memoryKey(conditionKey(condition), target);
  const before = restoreMemory(evaluation, key, target);
  const kept = subtractSubset(unionSubsets(before, trigger.trueSubset), reset.trueSubset);
  const trueSubset = unionSubsets(kept, triggeredAfterReset(evaluation, trigger, reset));
  evaluation.memory.set(key, serializeSubset(trueSubset));
  return trueSubset;
}

function triggeredAfterReset(
  evaluation: Evaluation,
  trigger: ConditionResult,
  reset: ConditionResult,
): PartitionsSubset {
  const { target } = trigger;
  const none = noPartitions(evaluation, target);
  const { times } = trigger;
  const resetTimes = reset.times;
  if (times === null || resetTimes === null) return none;
  const both = intersectSubsets(trigger.trueSubset, reset.trueSubset);
  if (isEmptySubset(both)) return none;
  const isLater = (key: string): boolean => timeOf(times, key) > timeOf(resetTimes, key);
  const partitions = partitionsOf(evaluation, target);
  if (partitions === null) return isLater("") ? both : none;
  return subsetOfKeys(partitions, subsetKeys(partitions, both).filter(isLater));
}

function timeOf(times: TrueTimes, key: string): number {
  return typeof times === "number" ? times : (times.get(key) ?? -Infinity);
}

/** What was true in the previous evaluation; what is true now is kept for the next one. */
function remember(
  evaluation: Evaluation,
  condition: NewlyTrueCondition,
  target: AutomationTarget,
  now: PartitionsSubset,
): PartitionsSubset {
  const key = memoryKey(conditionKey(condition), target);
  evaluation.memory.set(key, serializeSubset(now));
  return restoreMemory(evaluation, key, target);
}

function restoreMemory(evaluation: Evaluation, key: string, target: AutomationTarget): PartitionsSubset {
  const data = evaluation.cursor?.memory[key];
  const restored = data && restoreSubset(partitionsOf(evaluation, target), data);
  return restored ?? noPartitions(evaluation, target);
}

function unionOf(results: readonly ConditionResult[], none: PartitionsSubset): PartitionsSubset {
  return results.reduce((union, { trueSubset }) => unionSubsets(union, trueSubset), none);
}

const remembering = new WeakMap<AutomationCondition, boolean>();

/** Whether a condition, or one inside it, keeps something for the next evaluation. */
function remembers(condition: AutomationCondition): boolean {
  let known = remembering.get(condition);
  if (known === undefined) {
    const { op } = condition;
    known =
      op === "newly_true" ||
      op === "since" ||
      op === "code_version_changed" ||
      op === "any_downstream_conditions" ||
      childConditions(condition).some(remembers);
    remembering.set(condition, known);
  }
  return known;
}
