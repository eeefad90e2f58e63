import DataLoader from "dataloader";
import type { Viewer } from "../access/viewer.ts";
import { placeName, type AssetPlace } from "@millrace/model/data-versions/asset-state";
import type { Staleness } from "@millrace/model/data-versions/staleness";
import { findLatestAssetEvents, type LatestAssetEvents } from "../assets/asset-event-store.ts";
import { findAssetRecords, findPartitionRecords } from "../assets/asset-record-store.ts";
import type { AssetRecord, PartitionRecord } from "../assets/asset-status.ts";
import { listStaleness } from "../assets/asset-staleness.ts";
import { listLatestEvaluations, type CheckEvaluation, type CheckName } from "../assets/check-store.ts";
import { listServingSnapshots, type ServingSnapshot } from "../locations/serving-snapshot.ts";
import { findDynamicKeys } from "../partitions/dynamic-partition-store.ts";
import { findRuns, findWorkers, type Run, type RunWorker } from "../runs/run-store.ts";
import type { ServerContext } from "../server-context.ts";

/** What one request is answered from. */
export interface UserContextInput extends ServerContext {
  /** The deployment that is asked; nothing of any other one is in the answer. */
  readonly deploymentId: string;
  readonly viewer: Viewer;
  /** Who asks by now; throws when they may not ask at all any more. What lasts asks again. */
  readonly findViewer: () => Promise<Viewer> | Viewer;
  /** Aborts when the client has hung up or the server closes: subscriptions end. */
  readonly signal: AbortSignal;
}

/** What every request to the user API carries: lists ask for what belongs to their rows in one query, not one a row. */
export interface UserContext extends UserContextInput {
  readonly runs: DataLoader<string, Run | null>;
  readonly workers: DataLoader<string, RunWorker | null>;
  readonly assetRecords: DataLoader<string, AssetRecord | undefined>;
  readonly latestAssetEvents: DataLoader<string, LatestAssetEvents | undefined>;
  readonly partitionRecords: DataLoader<string, PartitionRecord[]>;
  /** The present keys of dynamic partitions by their name, oldest first. */
  readonly dynamicKeys: DataLoader<string, readonly string[]>;
  /** Null for an asset that no code location defines. */
  readonly staleness: DataLoader<AssetPlace, Staleness | null, string>;
  readonly latestEvaluations: DataLoader<CheckName, CheckEvaluation | null, string>;
  /** What the location serves; null while it has never loaded. */
  readonly servingSnapshots: DataLoader<string, ServingSnapshot | null>;
}

/** A context for one request. */
export function createUserContext(input: UserContextInput): UserContext {
  const { db, deploymentId } = input;
  return {
    ...input,
    runs: new DataLoader(async (ids) => inOrder(ids, await findRuns(db, deploymentId, ids), null)),
    workers: new DataLoader(async (ids) => inOrder(ids, await findWorkers(db, ids), null)),
    assetRecords: new DataLoader(async (keys) =>
      inOrder(keys, await findAssetRecords(db, deploymentId, keys), undefined),
    ),
    latestAssetEvents: new DataLoader(async (keys) =>
      inOrder(keys, await findLatestAssetEvents(db, deploymentId, keys), undefined),
    ),
    partitionRecords: new DataLoader(async (keys) =>
      inOrder(keys, await findPartitionRecords(db, deploymentId, keys), []),
    ),
    dynamicKeys: new DataLoader(async (names) => {
      const keys = await findDynamicKeys(db, deploymentId, names);
      return inOrder(names, new Map(Object.entries(keys)), []);
    }),
    staleness: new DataLoader((places) => listStaleness(db, deploymentId, places, Date.now()), {
      cacheKeyFn: placeName,
    }),
    latestEvaluations: new DataLoader((checks) => listLatestEvaluations(db, deploymentId, checks), {
      cacheKeyFn: ({ assetKey, name }) => JSON.stringify([assetKey, name]),
    }),
    servingSnapshots: new DataLoader(async (names) => {
      const snapshots = await listServingSnapshots(db, deploymentId);
      return inOrder(names, new Map(snapshots.map((snapshot) => [snapshot.locationName, snapshot])), null);
    }),
  };
}

function inOrder<T, Missing>(
  keys: readonly string[],
  found: ReadonlyMap<string, T>,
  missing: Missing,
): (T | Missing)[] {
  return keys.map((key) => found.get(key) ?? missing);
}
