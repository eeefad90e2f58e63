import { type PartitionsDefinition, isTimePartitions } from "@millrace/model/partitions/definition";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";

export type Partitions = PartitionsDefinition | undefined;

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
