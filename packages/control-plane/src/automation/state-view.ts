import { knownKeys } from "@millrace/model/partitions/known-keys";
import type {
  AutomationRun,
  AutomationTarget,
  AutomationUpdate,
  ChangingStateView,
} from "@millrace/model/automation/asset-state-view";
import { targetName } from "@millrace/model/automation/asset-state-view";
import type { AutomationPlan } from "@millrace/model/automation/automation-plan";
import type { DynamicKeys, PartitionsDefinition } from "@millrace/model/partitions/definition";
import { emptySubset } from "@millrace/model/partitions/subset-keys";
import { isEmptySubset, type PartitionsSubset } from "@millrace/model/partitions/subset";
import { createNoFacts, type AssetFacts, type RunFacts } from "./facts-store.ts";
import type { EventNews } from "./news-store.ts";
import { hasFailed, isPresent } from "./place-facts.ts";

/** What a view was asked for that is not loaded: its answers are worth nothing until it is. */
export interface Missing {
  /** Keys of assets. */
  readonly facts: Set<string>;
  /** Ids of runs. */
  readonly runs: Set<string>;
  /** Keys of assets of which it matters whether versions have changed. */
  readonly versions: Set<string>;
}

/** What is loaded of a deployment; rounds add to it what they miss. */
export interface Loaded {
  readonly facts: Map<string, AssetFacts>;
  /** Null: the run is gone. */
  readonly runs: Map<string, RunFacts | null>;
  readonly activeRuns: ReadonlyMap<string, RunFacts>;
  /** Partitions of assets that changed their data version in this round. */
  readonly versions: Map<string, readonly (string | null)[]>;
  /** What open backfills have yet to make, by asset. */
  readonly inBackfill: ReadonlyMap<string, PartitionsSubset>;
  readonly dynamicKeys: DynamicKeys;
}

/** What has happened since the round before. */
export interface RoundNews {
  /** The number of this round: everything in it has this number. */
  readonly round: number;
  readonly events: readonly EventNews[];
  /** When runs have failed, in milliseconds since the epoch, by id. */
  readonly failures: ReadonlyMap<string, number>;
  /** Keys of the assets about which anything may have changed. */
  readonly changed: ReadonlySet<string>;
}

const NO_FACTS = createNoFacts();

/** Nothing is missing yet. */
export function nothingMissing(): Missing {
  return { facts: new Set(), runs: new Set(), versions: new Set() };
}

/**
 * A deployment as conditions see it. Events have the number of the round that first sees them, so that the next round sees them no more.
 *
 * @param missing receives what it was asked for and does not know: load that, and evaluate again.
 */
export function createStateView(
  { assets }: AutomationPlan,
  renamed: ReadonlyMap<string, string>,
  loaded: Loaded,
  news: RoundNews,
  missing: Missing,
): ChangingStateView {
  const today = (key: string): string => renamed.get(key) ?? key;
  const runs = new Map<string, AutomationRun>();
  const active = indexByAsset(loaded.activeRuns.values(), today);
  const updates = Map.groupBy(news.events, ({ assetKey, check }) => targetName({ asset: assetKey, check }));
  const definitionOf = (asset: string): PartitionsDefinition | null => assets.get(asset)?.partitions ?? null;
  const isExternal = (asset: string): boolean => assets.get(asset)?.isExternal ?? false;

  function factsOf(asset: string): AssetFacts {
    const facts = loaded.facts.get(asset);
    if (facts === undefined) missing.facts.add(asset);
    return facts ?? NO_FACTS;
  }

  function runOf(id: string | null): AutomationRun | null {
    if (id === null) return null;
    const known = runs.get(id);
    if (known) return known;
    const facts = loaded.runs.get(id);
    if (facts === undefined) missing.runs.add(id);
    if (!facts) return null;
    const failedAt = news.failures.get(id);
    const run: AutomationRun = {
      tags: facts.tags,
      assets: new Set(facts.assetKeys.map(today)),
      failure: failedAt === undefined ? null : { event: news.round, time: failedAt },
    };
    runs.set(id, run);
    return run;
  }

  function currentCheck(asset: string, name: string) {
    const { whole, checks } = factsOf(asset);
    const check = checks.get(name);
    return check && check.time >= (whole.materializedAt ?? 0) ? check : null;
  }

  function isUpdate({ assetKey, check, kind, partition }: EventNews): boolean {
    if (check !== null) return true;
    if (kind === "observation" && !isExternal(assetKey)) return false;
    const definition = definitionOf(assetKey);
    if (definition === null) return true;
    return partition !== null && !isEmptySubset(knownKeys(definition, [partition]));
  }

  return {
    lastEvent: news.round,
    dynamicKeys: loaded.dynamicKeys,
    present: ({ asset, check }) => {
      if (check !== null) return { type: "whole", included: currentCheck(asset, check) !== null };
      const definition = definitionOf(asset);
      const { whole, partitions } = factsOf(asset);
      if (definition !== null) return partitions.present(definition, isExternal(asset));
      return { type: "whole", included: isPresent(whole, isExternal(asset)) };
    },
    inProgress: (target) => {
      if (target.check !== null) return { type: "whole", included: false };
      const { asset } = target;
      const definition = definitionOf(asset);
      const working = active.get(asset) ?? [];
      if (working.length === 0) return emptySubset(definition);
      const { whole, partitions } = factsOf(asset);
      if (definition === null)
        return { type: "whole", included: working.some(({ id }) => id !== whole.runId) };
      return knownKeys(
        definition,
        working.flatMap((run) => run.partitions.filter((key) => partitions.get(key)?.runId !== run.id)),
      );
    },
    inBackfill: ({ asset, check }) =>
      (check === null ? loaded.inBackfill.get(asset) : undefined) ??
      emptySubset(check === null ? definitionOf(asset) : null),
    failed: ({ asset, check }) => {
      if (check !== null) return { type: "whole", included: false };
      const definition = definitionOf(asset);
      const { whole, partitions } = factsOf(asset);
      return definition === null
        ? { type: "whole", included: hasFailed(whole) }
        : partitions.failed(definition);
    },
    updatesSince: (target, event) =>
      event >= news.round
        ? []
        : (updates.get(targetName(target)) ?? []).filter(isUpdate).map((each): AutomationUpdate => ({
            partition: definitionOf(each.assetKey) === null || each.check !== null ? null : each.partition,
            time: each.time,
            run: runOf(each.runId),
          })),
    dataVersionChangedSince: (asset, event) => {
      const definition = definitionOf(asset);
      if (event >= news.round || !updates.has(asset)) return emptySubset(definition);
      const changed = loaded.versions.get(asset);
      if (changed === undefined) missing.versions.add(asset);
      if (definition === null) return { type: "whole", included: (changed ?? []).length > 0 };
      return knownKeys(
        definition,
        (changed ?? []).filter((key) => key !== null),
      );
    },
    latestRun: ({ asset, check }: AutomationTarget, partition) => {
      const { whole, partitions, checks } = factsOf(asset);
      if (check !== null) return runOf(checks.get(check)?.runId ?? null);
      const place = partition === null ? whole : partitions.get(partition);
      if (place === undefined) return null;
      const observed = isExternal(asset) && (place.observedAt ?? 0) >= (place.materializedAt ?? 0);
      return runOf(observed ? place.observingRunId : place.runId);
    },
    lastUpdatedAt: (asset) => {
      const { materializedAt, observedAt } = factsOf(asset).whole;
      const times = [materializedAt, isExternal(asset) ? observedAt : null].filter((time) => time !== null);
      return times.length === 0 ? null : Math.max(...times);
    },
    checkPassed: (asset, check) => currentCheck(asset, check)?.passed ?? null,
    changedSince: (event) => (event >= news.round ? [] : news.changed),
  };
}

function indexByAsset(
  runs: Iterable<RunFacts>,
  today: (key: string) => string,
): ReadonlyMap<string, readonly RunFacts[]> {
  const index = new Map<string, RunFacts[]>();
  for (const run of runs)
    for (const key of run.assetKeys) {
      const known = index.get(today(key));
      if (known) known.push(run);
      else index.set(today(key), [run]);
    }
  return index;
}
