import {
  applyAssetEvent,
  placeName,
  UNKNOWN_ASSET_STATE,
  type AssetState,
} from "@millrace/model/data-versions/asset-state";
import type { RunEvent } from "@millrace/model/run-event";
import type { RunInstance } from "./run-instance.ts";

/** A deployment in memory. */
export interface MemoryRunInstance extends RunInstance {
  /** Takes down what an event of a run says about an asset, as a control plane does. */
  recordEvent(runId: string, event: RunEvent): void;
}

/** What a deployment in memory knows from the beginning. */
export interface MemoryRunInstanceOptions {
  /** Keys of dynamic partitions by their name, oldest first. */
  readonly dynamicPartitions?: Readonly<Record<string, readonly string[]>>;
}

/**
 * A deployment in memory, for runs without a control plane. Give one to several runs of a test when a later one is to see
 * what an earlier one did.
 *
 * @example
 * const files = asset("files", { partitions: dynamicPartitions("files") }, (context) => context.partitionKey);
 * const instance = memoryRunInstance({ dynamicPartitions: { files: ["a.csv"] } });
 * await materialize([files], { instance, partitionKey: "a.csv" });
 */
export function memoryRunInstance(options: MemoryRunInstanceOptions = {}): MemoryRunInstance {
  const dynamicPartitions = new Map(
    Object.entries(options.dynamicPartitions ?? {}).map(([name, keys]) => [name, new Set(keys)]),
  );
  const states = new Map<string, AssetState>();
  let sequence = 0;
  return {
    listDynamicPartitions: (name) => Promise.resolve([...(dynamicPartitions.get(name) ?? [])]),
    async addDynamicPartitions(name, keys) {
      const known = dynamicPartitions.get(name) ?? new Set();
      for (const key of keys) known.add(key);
      dynamicPartitions.set(name, known);
    },
    async deleteDynamicPartitions(name, keys) {
      for (const key of keys) dynamicPartitions.get(name)?.delete(key);
    },
    findAssetStates: (places) =>
      Promise.resolve(places.map((place) => states.get(placeName(place)) ?? UNKNOWN_ASSET_STATE)),
    recordEvent(runId, event) {
      if (event.type !== "ASSET_MATERIALIZATION" && event.type !== "ASSET_OBSERVATION") return;
      sequence++;
      for (const partition of new Set([null, event.partition])) {
        const name = placeName({ assetKey: event.assetKey, partition });
        const before = states.get(name) ?? UNKNOWN_ASSET_STATE;
        states.set(name, applyAssetEvent(before, event, runId, sequence));
      }
    },
  };
}
