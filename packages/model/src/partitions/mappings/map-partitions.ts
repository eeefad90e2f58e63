import type { PartitionsView } from "../subset-keys.ts";
import type { PartitionsSubset } from "../subset.ts";
import { mapDimension, mapDimensionsToDownstream, mapDimensionsToUpstream } from "./dimension-mapping.ts";
import type { PartitionMapping } from "./mapping.ts";
import {
  exactly,
  mapSingleToDownstream,
  mapSingleToUpstream,
  type MappedDefinitions,
  type UpstreamPartitions,
} from "./single-mapping.ts";

/**
 * The upstream partitions that `subset` of the downstream asset needs.
 *
 * @throws MappingDoesNotFit
 */
export function mapToUpstream(
  mapping: PartitionMapping,
  ends: MappedDefinitions,
  subset: PartitionsSubset,
  view: PartitionsView,
): UpstreamPartitions {
  if (mapping.type === "multi_to_single") {
    return exactly(mapDimension(mapping, ends.downstream, ends.upstream, subset, view));
  }
  if (mapping.type === "multi_to_multi") return mapDimensionsToUpstream(mapping, ends, subset, view);
  return mapSingleToUpstream(mapping, ends, subset, view);
}

/**
 * The existing downstream partitions that need any partition of `subset` of the upstream asset.
 *
 * @throws MappingDoesNotFit
 */
export function mapToDownstream(
  mapping: PartitionMapping,
  ends: MappedDefinitions,
  subset: PartitionsSubset,
  view: PartitionsView,
): PartitionsSubset {
  if (mapping.type === "multi_to_single") {
    return mapDimension(mapping, ends.upstream, ends.downstream, subset, view);
  }
  if (mapping.type === "multi_to_multi") return mapDimensionsToDownstream(mapping, ends, subset, view);
  return mapSingleToDownstream(mapping, ends, subset, view);
}
