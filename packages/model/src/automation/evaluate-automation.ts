import { serializeSubset } from "../partitions/serialize-subset.ts";
import { isEmptySubset, type PartitionsSubset } from "../partitions/subset.ts";
import {
  targetName,
  type AssetStateView,
  type AutomationAsset,
  type AutomationAssets,
  type AutomationTarget,
} from "./asset-state-view.ts";
import type { AutomationCondition } from "./condition.ts";
import type { AutomationCursor } from "./cursor.ts";
import { evaluateCondition, type ConditionResult } from "./evaluate-condition.ts";
import { allPartitions, type Evaluation } from "./evaluation.ts";

/** The evaluation of one target: what it requests, why, and what it has to be given next time. */
export interface TargetEvaluation {
  readonly target: AutomationTarget;
  /** May be empty. */
  readonly requested: PartitionsSubset;
  readonly explanation: ConditionResult;
  readonly cursor: AutomationCursor;
}

/**
 * Evaluates the conditions of all assets and checks that have one, at one time, one by one: explanations are large, so
 * keep of each only what is needed. Pure: the caller stores the cursors (by target name) together with the requests, so
 * that a crash repeats or keeps both.
 *
 * Assets are evaluated after those they depend on, so that they see what these request.
 */
export function* evaluateAutomation(
  assets: AutomationAssets,
  view: AssetStateView,
  cursors: ReadonlyMap<string, AutomationCursor>,
  now: number,
): Generator<TargetEvaluation, void, void> {
  const requested = new Map<string, PartitionsSubset>();
  for (const { target, condition } of listConditions(assets)) {
    const name = targetName(target);
    const result = evaluateTarget(
      { assets, view, now, root: target, cursor: cursors.get(name) ?? null, cursors, requested },
      condition,
    );
    if (!isEmptySubset(result.requested)) requested.set(name, result.requested);
    yield result;
  }
}

function evaluateTarget(
  given: Omit<Evaluation, "memory" | "codeVersions">,
  condition: AutomationCondition,
): TargetEvaluation {
  const evaluation: Evaluation = { ...given, memory: new Map(), codeVersions: new Map() };
  const { root, view, now } = evaluation;
  const explanation = evaluateCondition(evaluation, condition, root, allPartitions(evaluation, root));
  const requested = explanation.trueSubset;
  const cursor = {
    time: now,
    lastEvent: view.lastEvent,
    requested: serializeSubset(requested),
    memory: Object.fromEntries(evaluation.memory),
    codeVersions: Object.fromEntries(evaluation.codeVersions),
  };
  return { target: root, requested, explanation, cursor };
}

/** All conditions with their targets: assets after their dependencies, checks right after their asset. */
function listConditions(
  assets: AutomationAssets,
): { readonly target: AutomationTarget; readonly condition: AutomationCondition }[] {
  return upstreamFirst(assets).flatMap((asset) => {
    const own = { target: { asset: asset.key, check: null }, condition: asset.condition };
    const checks = asset.checks.map(({ name, condition }) => ({
      target: { asset: asset.key, check: name },
      condition,
    }));
    return [own, ...checks].flatMap(({ target, condition }) => (condition ? [{ target, condition }] : []));
  });
}

/** Depth first without recursion: chains of assets can be longer than the call stack is deep. */
function upstreamFirst(assets: AutomationAssets): AutomationAsset[] {
  const ordered: AutomationAsset[] = [];
  const state = new Map<string, "entered" | "done">();
  for (const start of assets.keys()) {
    const stack = [start];
    for (let key = stack.at(-1); key !== undefined; key = stack.at(-1)) {
      const asset = assets.get(key);
      if (!asset || state.has(key)) {
        if (asset && state.get(key) === "entered") ordered.push(asset);
        if (asset) state.set(key, "done");
        stack.pop();
        continue;
      }
      state.set(key, "entered");
      for (const { key: upstream } of asset.dependencies) if (!state.has(upstream)) stack.push(upstream);
    }
  }
  return ordered;
}
