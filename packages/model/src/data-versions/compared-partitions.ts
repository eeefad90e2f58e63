import type { PartitionsDefinition } from "../partitions/definition.ts";
import { dynamicNamesOf } from "../partitions/dynamic-names.ts";
import { defaultMapping } from "../partitions/mappings/default-mapping.ts";
import { mapToUpstream } from "../partitions/mappings/map-partitions.ts";
import { MappingDoesNotFit, type PartitionMapping } from "../partitions/mappings/mapping.ts";
import { DIMENSION_SEPARATOR } from "../partitions/multi-key.ts";
import { UnknownPartitionKey } from "../partitions/partition-errors.ts";
import { countSubset, subsetKeys, subsetOfKeys } from "../partitions/subset-keys.ts";

/** From so many partitions of one dependency on, they are not compared one by one. */
export const MAX_COMPARED_PARTITIONS = 100;

/** A dependency between two assets, as far as partitions go. Null: not partitioned; for the mapping: inferred. */
export interface PartitionedEdge {
  readonly upstream: PartitionsDefinition | null;
  readonly downstream: PartitionsDefinition | null;
  readonly mapping: PartitionMapping | null;
}

/**
 * The partitions of a dependency whose versions count for a partition that is made from it, in order. `[null]` stands for
 * the asset as a whole, whose newest version counts then: it has no partitions, so many are needed that comparing each
 * would cost too much, or only the present dynamic keys could tell which. A run that records what it used, and a
 * later question whether that is still so, come to the same list, whatever they know of dynamic keys.
 *
 * @param now Milliseconds since the epoch: decides which partitions exist.
 */
export function comparedPartitions(
  edge: PartitionedEdge,
  partition: string | null,
  now: number,
): readonly (string | null)[] {
  const { upstream, downstream } = edge;
  if (upstream === null || (downstream !== null && partition === null)) return AS_A_WHOLE;
  const known = downstream === null ? [] : dynamicNamesOf(downstream);
  if (dynamicNamesOf(upstream).some((name) => !known.includes(name))) return AS_A_WHOLE;
  try {
    const ends = { upstream, downstream };
    const subset =
      downstream === null || partition === null
        ? ({ type: "whole", included: true } as const)
        : subsetOfKeys(downstream, [partition]);
    // The dynamic keys that are known to exist are those in the key of the partition itself.
    const keys = partition?.split(DIMENSION_SEPARATOR) ?? [];
    const view = { now, dynamicKeys: Object.fromEntries(known.map((name) => [name, keys])) };
    const needed = mapToUpstream(edge.mapping ?? defaultMapping(ends), ends, subset, view).subset;
    if (countSubset(upstream, needed) >= MAX_COMPARED_PARTITIONS) return AS_A_WHOLE;
    return [...subsetKeys(upstream, needed)].sort();
  } catch (error) {
    // Definitions that do not fit together (any more) are no reason to know nothing about the rest.
    if (error instanceof MappingDoesNotFit || error instanceof UnknownPartitionKey) return AS_A_WHOLE;
    throw error;
  }
}

const AS_A_WHOLE: readonly null[] = [null];
