import { isKnownEvent } from "@millrace/model/parse-run-event";
import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";

type AssetEvent = Extract<RunEvent, { type: "ASSET_MATERIALIZATION" | "ASSET_OBSERVATION" }>;
type CheckEvent = Extract<RunEvent, { type: "ASSET_CHECK_EVALUATION" }>;

/** What a batch of events changes of one asset. `lastX` are indexes into `AssetChanges.events`. */
export interface AssetChange {
  readonly key: string;
  readonly materializations: number;
  readonly lastMaterialization: number | null;
  readonly lastObservation: number | null;
}

/** A partition that a batch of events materialized, and when. */
export interface PartitionChange {
  readonly key: string;
  readonly partition: string;
  readonly timestamp: number;
}

/** What a batch of events changes of assets: one entry for each asset and partition, so that each row is written once. */
export interface AssetChanges {
  readonly assets: readonly AssetChange[];
  readonly events: readonly AssetEvent[];
  readonly checks: readonly CheckEvent[];
  readonly partitions: readonly PartitionChange[];
}

/** Reduces a batch of events to what it changes of assets; null when it changes none. */
export function collectAssetChanges(batch: readonly (RunEvent | UnknownEvent)[]): AssetChanges | null {
  const assets = new Map<string, AssetChange>();
  const events: AssetEvent[] = [];
  const checks: CheckEvent[] = [];
  const partitions = new Map<string, PartitionChange>();
  for (const event of batch) {
    if (!isKnownEvent(event)) continue;
    switch (event.type) {
      case "ASSET_MATERIALIZATION":
      case "ASSET_OBSERVATION":
        change(assets, event, events);
        events.push(event);
        if (event.type === "ASSET_MATERIALIZATION" && event.partition !== null) {
          const name = JSON.stringify([event.assetKey, event.partition]);
          const timestamp = Math.max(event.timestamp, partitions.get(name)?.timestamp ?? 0);
          partitions.set(name, { key: event.assetKey, partition: event.partition, timestamp });
        }
        break;
      case "ASSET_CHECK_EVALUATION":
        assets.set(event.assetKey, assets.get(event.assetKey) ?? unchanged(event.assetKey));
        checks.push(event);
        break;
      default:
    }
  }
  if (assets.size === 0) return null;
  return { assets: [...assets.values()], events, checks, partitions: [...partitions.values()] };
}

function change(assets: Map<string, AssetChange>, event: AssetEvent, before: readonly AssetEvent[]): void {
  const known = assets.get(event.assetKey) ?? unchanged(event.assetKey);
  const isNewer = (last: number | null) => last === null || event.timestamp >= (before[last]?.timestamp ?? 0);
  if (event.type === "ASSET_MATERIALIZATION") {
    assets.set(event.assetKey, {
      ...known,
      materializations: known.materializations + 1,
      lastMaterialization: isNewer(known.lastMaterialization) ? before.length : known.lastMaterialization,
    });
  } else if (isNewer(known.lastObservation)) {
    assets.set(event.assetKey, { ...known, lastObservation: before.length });
  }
}

function unchanged(key: string): AssetChange {
  return { key, materializations: 0, lastMaterialization: null, lastObservation: null };
}
