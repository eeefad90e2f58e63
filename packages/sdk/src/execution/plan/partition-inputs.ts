import { isTimePartitions, type PartitionsDefinition } from "@millrace/model/partitions/definition";
import { defaultMapping } from "@millrace/model/partitions/mappings/default-mapping";
import { mapToUpstream } from "@millrace/model/partitions/mappings/map-partitions";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";
import { subsetKeys, subsetOfKeys } from "@millrace/model/partitions/subset-keys";
import type { Asset, AssetDependency } from "../../assets/asset-definition.ts";
import type { WantedPartitions } from "./check-partition.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";

type Partitions = PartitionsDefinition | undefined;

/**
 * Whether code that depends on a partitioned asset receives one value, or values by partition key. The type
 * `LoadedPartitions` decides the same from the types; null: no mapping can be inferred.
 *
 * @param takesSeveral whether the code takes all partitions of its run at once, see `BackfillPolicy`.
 */
export function loadedPartitions(
  upstream: Partitions,
  downstream: Partitions,
  mapping: PartitionMapping | null,
  takesSeveral: boolean,
): "one" | "many" | null {
  if (upstream === undefined) return "one";
  const loaded = loadedForOne(upstream, downstream, mapping);
  return takesSeveral && loaded === "one" && mapping?.type !== "last" ? "many" : loaded;
}

function loadedForOne(
  upstream: PartitionsDefinition,
  downstream: Partitions,
  mapping: PartitionMapping | null,
): "one" | "many" | null {
  if (mapping !== null) {
    if (mapping.type === "multi_to_single") return upstream.type === "multi" ? "many" : "one";
    return mapping.type === "identity" || mapping.type === "last" ? "one" : "many";
  }
  if (downstream === undefined) return "many";
  if (upstream.type === downstream.type) return "one";
  if (isTimePartitions(upstream) && isTimePartitions(downstream)) return "many";
  if (downstream.type === "multi") return "one";
  return upstream.type === "multi" ? "many" : null;
}

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
