import DataLoader from "dataloader";
import { placeName, type AssetPlace } from "@millrace/model/data-versions/asset-state";
import type { Staleness } from "@millrace/model/data-versions/staleness";
import { defineLoader, inOrder } from "../graphql/request-loader.ts";
import { findLatestAssetEvents, type LatestAssetEvents } from "./asset-event-store.ts";
import { findAssetRecords } from "./asset-record-store.ts";
import { listStaleness } from "./staleness/asset-staleness.ts";
import { getAssetCatalog } from "./catalog/asset-catalog.ts";
import type { AssetRecord } from "./asset-status.ts";
import { findFreshness, type AssetFreshness } from "./freshness/freshness-store.ts";
import { countPartitionStates, type PartitionCounts } from "./partition-sets/count-partitions.ts";
import type { PartitionedAsset } from "./partition-sets/find-partition-sets.ts";
import { countStalePartitions } from "./stale-sets/count-stale-partitions.ts";
import { countRetriedFailures } from "./retried-failures.ts";
import { listCheckFailures, type CheckFailure } from "./check-failure-store.ts";
import { listLatestEvaluations, type CheckEvaluation, type CheckName } from "./check-store.ts";

/** What is kept of assets, by key. */
export const assetRecordLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, AssetRecord | undefined>(async (keys) =>
      inOrder(keys, await findAssetRecords(db, deploymentId, keys), undefined),
    ),
);

/** The newest events of assets, by key. */
export const latestAssetEventsLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, LatestAssetEvents | undefined>(async (keys) =>
      inOrder(keys, await findLatestAssetEvents(db, deploymentId, keys), undefined),
    ),
);

/** How many partitions of assets are materialized, and how many failed. */
export const partitionCountsLoader = defineLoader(
  ({ db, deploymentId, clock }) =>
    new DataLoader<PartitionedAsset, PartitionCounts, string>(
      async (assets) => {
        const counts = await countPartitionStates(db, deploymentId, assets, clock.now());
        return assets.map(({ key }) => counts.get(key) ?? { materialized: 0, failed: 0 });
      },
      { cacheKeyFn: ({ key }) => key },
    ),
);

/** How many failed partitions of assets are made again by themselves, by key. */
export const retriedFailuresLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, number>(async (keys) =>
      inOrder(keys, await countRetriedFailures(db, deploymentId, keys), 0),
    ),
);

/** How fresh assets with a policy are, by key. */
export const freshnessLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, AssetFreshness | undefined>(async (keys) =>
      inOrder(keys, await findFreshness(db, deploymentId, keys), undefined),
    ),
);

/** What assets and partitions are stale for; null for an asset that no code location defines. */
export const stalenessLoader = defineLoader(
  ({ db, deploymentId, clock }) =>
    new DataLoader<AssetPlace, Staleness | null, string>(
      (places) => listStaleness(db, deploymentId, places, clock.now()),
      { cacheKeyFn: placeName },
    ),
);

/** How many partitions of assets are stale, as `countStalePartitions`; undefined for those it leaves out. */
export const stalePartitionsLoader = defineLoader(
  ({ db, deploymentId, clock }) =>
    new DataLoader<string, number | null | undefined>(async (keys) => {
      const catalog = await getAssetCatalog(db, deploymentId);
      const counts = await countStalePartitions(db, deploymentId, catalog, keys, clock.now());
      return keys.map((key) => counts.get(key));
    }),
);

/** The newest evaluations of checks; null for a check that was never evaluated. */
export const latestEvaluationLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<CheckName, CheckEvaluation | null, string>(
      (checks) => listLatestEvaluations(db, deploymentId, checks),
      { cacheKeyFn: ({ assetKey, name }) => JSON.stringify([assetKey, name]) },
    ),
);

/** How checks failed to be evaluated since their newest evaluation; null: they did not. */
export const checkFailureLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<CheckName, CheckFailure | null, string>(
      (checks) => listCheckFailures(db, deploymentId, checks),
      { cacheKeyFn: ({ assetKey, name }) => JSON.stringify([assetKey, name]) },
    ),
);
