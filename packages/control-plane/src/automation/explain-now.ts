import { targetName } from "@millrace/model/automation/asset-state-view";
import type { AutomationCursor } from "@millrace/model/automation/cursor";
import type { ConditionResult } from "@millrace/model/automation/evaluate-condition";
import {
  explainTarget,
  holdsFor,
  listBlockers,
  type Blocker,
  type Explained,
} from "@millrace/model/automation/explain-target";
import { REPEAT_MS } from "@millrace/model/automation/evaluation";
import { isEmptySubset } from "@millrace/model/partitions/subset";
import { countSubset } from "@millrace/model/partitions/subset-keys";
import type { AutomationPlan } from "@millrace/model/automation/automation-plan";
import { BadRequest } from "../api/bad-request.ts";
import type { Db } from "../database/connect.ts";
import { findRound, loadCursors, type StoredRound } from "./automation-store.ts";
import { findDynamicAssets, readBackfills, readDynamicKeys } from "./read-news.ts";
import { loadActiveRuns } from "./facts-store.ts";
import { loadMissing } from "./load-missing.ts";
import { readMoment } from "./news-store.ts";
import type { PlaceFacts } from "./place-facts.ts";
import { readServedPlan } from "./served-plan.ts";
import { createStateView, nothingMissing, type Loaded } from "./state-view.ts";

/** One part of a condition, as it is for one partition now. */
export interface ExplainedPart {
  readonly op: string;
  readonly name: string;
  /** Of what it was asked: `asset`, or `asset:check`. */
  readonly target: string;
  readonly holds: boolean;
  /** How many partitions it was asked about, and for how many it holds. */
  readonly candidates: number;
  readonly count: number;
  /** Of a part without others inside it: when the target was last made, and last failed; ISO times. */
  readonly lastMaterialized: string | null;
  readonly lastFailed: string | null;
  readonly children: readonly ExplainedPart[];
}

/** What a condition comes to for one partition, now. */
export interface ExplainedNow {
  readonly at: Date;
  readonly isRequested: boolean;
  readonly tree: ExplainedPart;
  readonly blockers: readonly Blocker[];
  /** Keys of the assets of which something new may change it; null: the next round may, whatever happens. */
  readonly looksAt: readonly string[] | null;
  /** When time alone may change it; null: never, or see `looksAt`. */
  readonly until: Date | null;
}

/**
 * Evaluates a condition as the next round would, for one partition, and says what stands in the way. Nothing is asked for or remembered.
 *
 * @param target see `targetName`.
 * @param partition null: of what is not partitioned, or any of its partitions.
 * @returns null when the target has no condition that is evaluated.
 * @throws BadRequest for a partition that the asset has not.
 */
export async function explainNow(
  db: Db,
  deploymentId: string,
  target: string,
  partition: string | null,
): Promise<ExplainedNow | null> {
  const { catalog, plan } = await readServedPlan(db, deploymentId);
  const stored = await findRound(db, deploymentId);
  const cursors = await createLazyCursors(db, deploymentId, target, stored);
  const { now } = await readMoment(db);
  const loaded: Loaded = {
    facts: new Map(),
    runs: new Map(),
    activeRuns: new Map((await loadActiveRuns(db, deploymentId)).map((run) => [run.id, run])),
    versions: new Map(),
    inBackfill: await readBackfills(db, deploymentId, plan),
    dynamicKeys: await readDynamicKeys(db, deploymentId, findDynamicAssets(plan).keys()),
  };
  const news = {
    round: (stored?.round ?? 0) + 1,
    events: [],
    failures: new Map(),
    changed: new Set<string>(),
  };
  for (;;) {
    const missing = nothingMissing();
    const view = createStateView(plan, catalog.renamed, loaded, news, missing);
    const explained = explainTarget(plan, view, cursors, target, now);
    if (explained === null) return null;
    if (Object.values(missing).every(({ size }) => size === 0) && cursors.missing.size === 0)
      return toExplainedNow(plan, loaded, explained, partition, now);
    await loadMissing(db, deploymentId, loaded, [], missing);
    await cursors.loadMissing();
  }
}

/** The cursor of a target, and those of others once its condition has asked for them: few conditions do. */
async function createLazyCursors(db: Db, deploymentId: string, target: string, round: StoredRound | null) {
  const known = new Map<string, AutomationCursor | undefined>();
  const missing = new Set<string>();
  const load = async (names: readonly string[]): Promise<void> => {
    const stored = round === null ? null : await loadCursors(db, deploymentId, names);
    for (const name of names) known.set(name, stored?.get(name));
  };
  await load([target]);
  const own = known.get(target);
  // What happened between its evaluation and the last round would have changed nothing.
  if (own && round) known.set(target, { ...own, time: round.time, lastEvent: round.round });
  return {
    missing,
    get: (name: string): AutomationCursor | undefined => {
      if (!known.has(name)) missing.add(name);
      return known.get(name);
    },
    loadMissing: async (): Promise<void> => {
      if (missing.size > 0) await load([...missing]);
      missing.clear();
    },
  };
}

function toExplainedNow(
  { assets }: AutomationPlan,
  { facts }: Loaded,
  { evaluation, rest }: Explained,
  partition: string | null,
  now: number,
): ExplainedNow {
  const { explanation, requested } = evaluation;
  const isWithheld = isEmptySubset(requested) && !isEmptySubset(explanation.trueSubset);
  if (partition !== null && explanation.candidates.type === "whole")
    throw new BadRequest(`${targetName(evaluation.target)} has no partitions: leave "${partition}" out`);
  if (partition !== null && !holdsFor(assets, evaluation.target, explanation.candidates, partition))
    throw new BadRequest(`${targetName(evaluation.target)} has no partition "${partition}"`);

  function placeOf({ asset, check }: ConditionResult["target"]): PlaceFacts | null {
    const known = facts.get(asset);
    if (check !== null || known === undefined) return null;
    const isPartitioned = (assets.get(asset)?.partitions ?? null) !== null;
    return (isPartitioned && partition !== null ? known.partitions.get(partition) : known.whole) ?? null;
  }

  function toPart(result: ConditionResult): ExplainedPart {
    const { op, name, target, candidates, trueSubset, children } = result;
    const partitions = target.check === null ? (assets.get(target.asset)?.partitions ?? null) : null;
    const place = children.length === 0 ? placeOf(target) : null;
    return {
      op,
      name,
      target: targetName(target),
      holds: holdsFor(assets, target, trueSubset, partition),
      candidates: countSubset(partitions, candidates),
      count: countSubset(partitions, trueSubset),
      lastMaterialized: toIso(place?.materializedAt),
      lastFailed: toIso(place?.failedAt),
      children: children.map(toPart),
    };
  }

  return {
    at: new Date(now),
    isRequested: !isWithheld && holdsFor(assets, evaluation.target, explanation.trueSubset, partition),
    tree: toPart(explanation),
    blockers: isWithheld
      ? [
          {
            op: explanation.op,
            name: explanation.name,
            target: targetName(evaluation.target),
            wanted: true,
            event: `${REPEAT_MS / 1_000} s have passed since it asked for the same`,
          },
        ]
      : listBlockers(assets, explanation, partition),
    looksAt: rest?.looksAt ?? null,
    until: rest?.until == null ? null : new Date(rest.until),
  };
}

function toIso(time: number | null | undefined): string | null {
  return time == null ? null : new Date(time).toISOString();
}
