import type { PartitionsSubset } from "../partitions/subset.ts";
import { subsetKeys } from "../partitions/subset-keys.ts";
import type { AssetStateView, AutomationAssets } from "./asset-state-view.ts";
import { targetName } from "./asset-state-view.ts";
import type { AutomationPlan } from "./automation-plan.ts";
import type { AutomationCondition } from "./condition.ts";
import type { AutomationCursor, Rest } from "./cursor.ts";
import type { ConditionResult } from "./evaluate-condition.ts";
import { REPEAT_MS } from "./evaluation.ts";
import { evaluateUnit, type TargetEvaluation } from "./evaluate-target.ts";

/** What the condition of a target comes to now, without anything being asked for or remembered. */
export interface Explained {
  readonly evaluation: TargetEvaluation;
  /** What may change it; null: the next round, whatever happens. */
  readonly rest: Rest | null;
}

/**
 * Evaluates one target of a plan as the next round would, if it were alone: what others would request in that round, it does not see.
 *
 * @param name see `targetName`.
 * @returns null when the target has no condition.
 */
export function explainTarget(
  { assets, dependents, units }: AutomationPlan,
  view: AssetStateView,
  cursors: Pick<ReadonlyMap<string, AutomationCursor>, "get">,
  name: string,
  now: number,
): Explained | null {
  const unit = units.find(({ targets }) => targets.some((target) => target.name === name));
  if (unit === undefined) return null;
  const requested = new Map<string, PartitionsSubset>();
  const round = { assets, dependents, view, now, cursors, requested, repeatMs: REPEAT_MS };
  const alone = { ...unit, targets: unit.targets.filter((target) => target.name === name) };
  const [evaluation] = evaluateUnit(round, alone, (each) => cursors.get(each) ?? null);
  return evaluation === undefined ? null : { evaluation, rest: evaluation.cursor.rest };
}

/** A part of a condition that stands in the way, and what would have to become of it. */
export interface Blocker {
  readonly op: AutomationCondition["op"];
  readonly name: string;
  /** Of what it is asked, see `targetName`. */
  readonly target: string;
  /** Whether it would have to hold; else it would have to hold no more. */
  readonly wanted: boolean;
  /** The event that would do it. */
  readonly event: string;
}

/**
 * The parts that stand in the way of a request of a partition: of parts that must all hold the first that does not, of parts of which one
 * is enough all of them. None: it is asked for.
 *
 * @param partition null: of what is not partitioned.
 */
export function listBlockers(
  assets: AutomationAssets,
  result: ConditionResult,
  partition: string | null,
): Blocker[] {
  const blockers = new Map<string, Blocker>();
  const holds = ({ target, trueSubset }: ConditionResult): boolean =>
    holdsFor(assets, target, trueSubset, partition);
  const look = (part: ConditionResult, wanted: boolean): void => {
    if (holds(part) === wanted) return;
    const { op, children } = part;
    const open = children.filter((child) => holds(child) !== wanted);
    const [first] = open;
    if (op === "not") for (const child of children) look(child, !wanted);
    else if (op === "since" && children[0]) look(children[wanted ? 0 : 1] ?? children[0], true);
    else if (op === "and" && wanted && first) look(first, true);
    else if (first) for (const child of open) look(child, wanted);
    else {
      const target = targetName(part.target);
      const { name } = part;
      blockers.set(JSON.stringify([name, target, wanted]), {
        op,
        name,
        target,
        wanted,
        event:
          op === "asset_matches" && children.length === 0
            ? `a code location defines the asset: ${name}`
            : eventFor(op, name, target, wanted),
      });
    }
  };
  look(result, true);
  return [...blockers.values()];
}

/** Whether a subset has a partition. Parts about what is partitioned in another way count when they hold for any of it. */
export function holdsFor(
  assets: AutomationAssets,
  { asset, check }: ConditionResult["target"],
  subset: PartitionsSubset,
  partition: string | null,
): boolean {
  if (subset.type === "whole") return subset.included;
  const partitions = check === null ? (assets.get(asset)?.partitions ?? null) : null;
  const keys = [...subsetKeys(partitions, subset)];
  return partition === null ? keys.length > 0 : keys.includes(partition);
}

/** In words, what has to happen to `target` so that an operand holds, or holds no more. */
function eventFor(op: AutomationCondition["op"], name: string, target: string, wanted: boolean): string {
  switch (op) {
    case "missing":
      return wanted ? `${target} is wiped` : `${target} is materialized`;
    case "run_in_progress":
      return wanted ? `a run for ${target} begins` : `the run for ${target} ends`;
    case "backfill_in_progress":
      return wanted ? `a backfill of ${target} begins` : `the backfill of ${target} ends`;
    case "execution_failed":
      return wanted ? `a run for ${target} fails` : `a run for ${target} succeeds`;
    case "newly_updated":
    case "data_version_changed":
    case "any_new_update_has_run_tags":
    case "all_new_updates_have_run_tags":
      return wanted ? `${target} is updated` : "the next round";
    case "newly_requested":
    case "will_be_requested":
      return wanted ? `${target} is asked for` : "the next round";
    case "newly_true":
      return wanted ? `${name} of ${target} becomes true` : "the next round";
    case "code_version_changed":
      return wanted ? `${target} has another code version` : "the next round";
    case "left_by_failed_run":
      return `a run that updated ${target} fails before it made this`;
    case "check_passed":
      return `the check ${target} ${wanted ? "passes" : "does not pass"}`;
    case "check_failed":
      return `the check ${target} ${wanted ? "fails" : "does not fail"}`;
    case "freshness_passed":
    case "freshness_warned":
    case "freshness_failed":
      return `the freshness of ${target} changes`;
    case "cron_tick_passed":
      return wanted ? `the clock ticks: ${name}` : "the next round";
    case "in_latest_time_window":
      return wanted ? "nothing: it is not the newest partition" : "a newer partition begins";
    case "initial_evaluation":
      return wanted ? "the condition is evaluated for the first time" : "the next round";
    default:
      return wanted ? `${name} of ${target} holds` : `${name} of ${target} holds no more`;
  }
}
