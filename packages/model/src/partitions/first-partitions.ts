import type { PartitionsDefinition } from "./definition.ts";
import { subsetKeys, subsetOfKeys } from "./subset-keys.ts";
import { isEmptySubset, type PartitionsSubset } from "./subset.ts";

/**
 * The first partitions of a subset, at most so many: what is behind them is not enumerated.
 *
 * @param max Infinity: all of them.
 */
export function firstPartitions(
  definition: PartitionsDefinition | null,
  subset: PartitionsSubset,
  max: number,
): PartitionsSubset {
  if (definition === null || max === Infinity || isEmptySubset(subset)) return subset;
  return subsetOfKeys(definition, subsetKeys(definition, subset).take(max));
}
