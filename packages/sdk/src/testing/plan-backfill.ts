import { startProgress, type BackfillProgress } from "@millrace/model/backfills/backfill-target";
import type { AssetKey } from "@millrace/model/asset-key";
import { inUpstreamOrder } from "@millrace/model/backfills/backfill-units";
import { followPartitions } from "@millrace/model/backfills/follow-partitions";
import { planBackfill as planNextRuns } from "@millrace/model/backfills/plan-backfill";
import { defaultMapping } from "@millrace/model/partitions/mappings/default-mapping";
import { isSamePartitions } from "@millrace/model/partitions/same-definition";
import { existingSubset, subsetKeys, subsetOfKeys } from "@millrace/model/partitions/subset-keys";
import { unionSubsets } from "@millrace/model/partitions/subset";
import type { Asset } from "../assets/asset-definition.ts";
import { definitions } from "../definitions/definitions.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import { listAssetsWithUpstream } from "./test-definitions.ts";

/** What a backfill is asked for in a test. */
export interface BackfillWish {
  /** Decides which partitions of time there are. */
  readonly now: Date;
  /** Of the first asset that is partitioned, in upstream order, and all that are partitioned like it. Default: all that there are. */
  readonly partitionKeys?: readonly string[];
  /** Keys of dynamic partitions, by their name. */
  readonly dynamicPartitions?: Readonly<Record<string, readonly string[]>>;
}

/** One run that a backfill launches. */
export interface PlannedRun {
  /** From 0: runs of one step are launched together, once those of the steps before it that they need have succeeded. */
  readonly step: number;
  /** Keys of the assets that it makes, those they depend on first. */
  readonly assets: readonly string[];
  /** Of all its assets; none when they are not partitioned. */
  readonly partitionKeys: readonly string[];
}

/**
 * Plans a backfill of assets as the control plane does, each run succeeding: which runs it launches, in which order, and what each makes.
 * Nothing is run.
 *
 * @param assets what is to be made, and nothing else.
 * @throws UnknownPartitionKey for a key that the first partitioned asset has not.
 * @throws RangeError for an asset of which nothing says what to make: it is partitioned in another way, and made from none of the others.
 * @example
 * const raw = asset("raw", { partitions: daily({ start: "2024-05-01" }) }, () => 1);
 * const total = asset("total", { deps: [raw] }, () => 2);
 * const runs = planBackfill([raw, total], { now: new Date("2024-05-03T08:00:00Z") });
 * expect(runs.map(({ assets, partitionKeys }) => [assets, partitionKeys])).toEqual([
 *   [["raw"], ["2024-05-01"]],
 *   [["raw"], ["2024-05-02"]],
 *   [["total"], []],
 * ]);
 */
export function planBackfill(assets: readonly Asset[], wish: BackfillWish): PlannedRun[] {
  const resolved = resolveDefinitions(definitions({ assets: listAssetsWithUpstream(assets, []) }));
  const partitionsOf = (key: AssetKey) => resolved.assets.get(key)?.partitions ?? null;
  const targets = inUpstreamOrder(
    [...new Set(assets.map(({ key }) => key))].flatMap((key) => {
      const asset = resolved.assets.get(key);
      if (asset === undefined) return [];
      const partitions = partitionsOf(key);
      const deps = asset.dependencies.map((dep) => ({
        key: dep.key,
        mapping:
          dep.partitionMapping ?? defaultMapping({ upstream: partitionsOf(dep.key), downstream: partitions }),
      }));
      return [{ key, locationName: "", partitions, policy: asset.backfillPolicy, deps }];
    }),
  );
  const view = { now: wish.now.getTime(), dynamicKeys: wish.dynamicPartitions ?? {} };
  const anchor = targets.find(({ partitions }) => partitions !== null)?.partitions ?? null;
  const chosen = followPartitions(
    targets,
    ({ partitions }) => {
      if (partitions === null) return null;
      if (wish.partitionKeys === undefined) return existingSubset(partitions, view);
      return isSamePartitions(partitions, anchor) ? subsetOfKeys(partitions, wish.partitionKeys) : null;
    },
    view,
    ({ key }) => new RangeError(`Nothing says which partitions of "${key}" to make`),
  );
  const progresses = new Map<string, BackfillProgress>(
    targets.flatMap(({ key, partitions }) => {
      const targeted = chosen.get(key);
      return targeted === undefined ? [] : [[key, startProgress(partitions, targeted)]];
    }),
  );
  const planned: PlannedRun[] = [];
  for (let step = 0; ; step++) {
    const { runs } = planNextRuns(targets, progresses, view, {
      maxRuns: Infinity,
      maxPartitionsPerRun: Infinity,
    });
    if (runs.length === 0) return planned;
    for (const { unit, partitions } of runs) {
      planned.push({
        step,
        assets: unit.targets.map(({ key }) => key),
        partitionKeys: unit.partitions === null ? [] : [...subsetKeys(unit.partitions, partitions)],
      });
      for (const { key } of unit.targets) {
        const known = progresses.get(key);
        if (known === undefined) continue;
        const requested = unionSubsets(known.requested, partitions);
        progresses.set(key, { ...known, requested, materialized: requested });
      }
    }
  }
}
