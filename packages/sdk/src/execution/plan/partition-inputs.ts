import { defaultMapping } from "@millrace/model/partitions/mappings/default-mapping";
import { mapToUpstream } from "@millrace/model/partitions/mappings/map-partitions";
import { subsetKeys, subsetOfKeys } from "@millrace/model/partitions/subset-keys";
import type { Asset, AssetDependency } from "../../assets/asset-definition.ts";
import type { WantedPartitions } from "./check-partition.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";
import { type Partitions, loadedPartitions } from "../../assets/loaded-partitions.ts";

/**
 * The partitions of an upstream asset that a step for some of its own loads; null for an asset without partitions.
 *
 * @throws InvalidRunRequest when partitions are needed that do not exist, or several where the code takes one value.
 */
export function upstreamPartitionKeys(
  stepKey: string,
  asset: Asset,
  upstream: Partitions,
  downstream: Partitions,
  dependency: AssetDependency,
  partitionKeys: readonly string[],
  takesSeveral: boolean,
  wanted: WantedPartitions,
): readonly string[] | null {
  if (upstream === undefined) return null;
  const ends = { upstream, downstream: downstream ?? null };
  const subset = downstream === undefined ? WHOLE : subsetOfKeys(downstream, partitionKeys);
  const mapped = mapToUpstream(dependency.partitionMapping ?? defaultMapping(ends), ends, subset, wanted);
  const missing = Iterator.from(mapped.requiredButNonexistent).take(10).toArray();
  if (missing.length > 0 && !dependency.allowMissing) {
    throw new InvalidRunRequest(
      "unknown_partition",
      `Step "${stepKey}" needs partitions of "${asset.key}" that do not exist: ${missing.join(", ")}`,
    );
  }
  const keys = [...subsetKeys(upstream, mapped.subset)];
  const loaded = loadedPartitions(upstream, downstream, dependency.partitionMapping, takesSeveral);
  if (loaded === "one" && keys.length !== 1) {
    throw new InvalidRunRequest(
      "unknown_partition",
      `Step "${stepKey}" takes one value of "${asset.key}" but its partition ${partitionKeys.join(", ")} belongs to ${keys.length} partitions of it: say with dep(…, { partitions: partitionMapping.… }) which ones to load`,
    );
  }
  return keys;
}

const WHOLE = { type: "whole", included: true } as const;
