import { isTimePartitions } from "../definition.ts";
import { listDimensions } from "../multi-key.ts";
import { isSamePartitions } from "../same-definition.ts";
import type { MappedDefinitions } from "./single-mapping.ts";
import type { PartitionMapping } from "./mapping.ts";

/**
 * The mapping of a dependency that names none: by dimension when one side is partitioned like exactly one dimension of
 * the other, by time when both are windows of time, by equal keys when both are partitioned, else everything.
 */
export function defaultMapping({ upstream, downstream }: MappedDefinitions): PartitionMapping {
  if (!upstream || !downstream) return { type: "all" };
  const [multi, single] = upstream.type === "multi" ? [upstream, downstream] : [downstream, upstream];
  if (multi.type === "multi" && single.type !== "multi") {
    const fitting = listDimensions(multi).filter(([, partitions]) => isSamePartitions(partitions, single));
    if (fitting.length === 1) return { type: "multi_to_single" };
  }
  return { type: isTimePartitions(upstream) && isTimePartitions(downstream) ? "time_window" : "identity" };
}
