import { isEmptySerialized } from "../partitions/serialize-subset.ts";
import type { AssetStateView, AutomationAssets, ChangingStateView } from "./asset-state-view.ts";
import { planAutomation, type AutomationPlan, type AutomationUnit } from "./automation-plan.ts";
import type { AutomationCursor, AutomationState } from "./cursor.ts";
import { evaluateUnit, type TargetEvaluation } from "./evaluate-target.ts";
import { REPEAT_MS, type Round } from "./evaluation.ts";

/**
 * Evaluates the conditions of all assets and checks that have one, at one time, one by one: explanations are large, so
 * keep of each only what is needed. Pure: the caller stores the cursors (by target name) together with the requests, so
 * that a crash repeats or keeps both.
 *
 * Assets are evaluated after those they depend on, so that they see what these request.
 *
 * @param repeatMs see `REPEAT_MS`; 0: the same is asked for at each evaluation.
 */
export function* evaluateAutomation(
  assets: AutomationAssets,
  view: AssetStateView,
  cursors: ReadonlyMap<string, AutomationCursor>,
  now: number,
  repeatMs = REPEAT_MS,
): Generator<TargetEvaluation, void, void> {
  const plan = planAutomation(assets);
  const round = startRound(plan, view, cursors, now, repeatMs);
  for (const unit of plan.units) yield* evaluateUnit(round, unit, (name) => cursors.get(name) ?? null);
}

/**
 * The next round of a deployment: evaluates only what could come to something else than in the last round, and answers the
 * state to begin the one after with. Requests and memory are those that evaluating everything would give; what is left out
 * requests nothing. Pure, like `evaluateAutomation`.
 *
 * @param state What the last round answered; null in the first one.
 * @param now Milliseconds since the epoch. Earlier than the last round: everything is evaluated.
 * @param onEvaluation Receives what was evaluated, in order. Only these cursors differ from those of the state before, and
 * those of targets that have no condition any more, which are gone.
 * @param repeatMs see `REPEAT_MS`; 0: the same is asked for in each round.
 */
export function evaluateRound(
  plan: AutomationPlan,
  view: ChangingStateView,
  state: AutomationState | null,
  now: number,
  onEvaluation: (evaluation: TargetEvaluation) => void,
  repeatMs = REPEAT_MS,
): AutomationState {
  const known = state?.cursors ?? new Map<string, AutomationCursor>();
  const round = startRound(plan, view, known, now, repeatMs);
  const changed = findChanged(plan, view, state);
  const mayRest = state !== null && state.definitions === plan.digest && now >= state.time;
  const cursorOf = (name: string): AutomationCursor | null => {
    const cursor = known.get(name);
    // Evaluating it in every round since its own would have changed nothing but these.
    return cursor && state ? { ...cursor, time: state.time, lastEvent: state.lastEvent } : null;
  };
  const cursors = new Map<string, AutomationCursor>();
  for (const unit of plan.units) {
    if (mayRest && isAtRest(unit, known, changed, now)) {
      for (const { name } of unit.targets) {
        const cursor = known.get(name);
        if (cursor) cursors.set(name, cursor);
      }
      continue;
    }
    const evaluations = evaluateUnit(round, unit, cursorOf);
    unit.targets.forEach(({ name }, index) => {
      const evaluation = evaluations[index];
      if (!evaluation) return;
      cursors.set(name, evaluation.cursor);
      if (!isEmptySerialized(evaluation.cursor.requested))
        for (const asset of unit.assets) changed.add(asset);
      onEvaluation(evaluation);
    });
  }
  return { time: now, lastEvent: view.lastEvent, definitions: plan.digest, cursors };
}

function startRound(
  { assets, dependents }: AutomationPlan,
  view: AssetStateView,
  cursors: ReadonlyMap<string, AutomationCursor>,
  now: number,
  repeatMs: number,
): Round {
  return { assets, dependents, view, now, cursors, requested: new Map(), repeatMs };
}

/** The assets to which something has happened, or that the last round requested, which conditions may ask for as well. */
function findChanged(
  plan: AutomationPlan,
  view: ChangingStateView,
  state: AutomationState | null,
): Set<string> {
  if (state === null) return new Set();
  const changed = new Set(view.changedSince(state.lastEvent));
  for (const { targets, assets } of plan.units)
    for (const { name } of targets) {
      const requested = state.cursors.get(name)?.requested;
      if (requested && !isEmptySerialized(requested)) for (const asset of assets) changed.add(asset);
    }
  return changed;
}

function isAtRest(
  { targets }: AutomationUnit,
  cursors: ReadonlyMap<string, AutomationCursor>,
  changed: ReadonlySet<string>,
  now: number,
): boolean {
  return targets.every(({ name }) => {
    const rest = cursors.get(name)?.rest;
    if (!rest || (rest.until !== null && now >= rest.until)) return false;
    return !rest.looksAt.some((asset) => changed.has(asset));
  });
}
