import { mapToDownstream, mapToUpstream } from "@millrace/model/partitions/mappings/map-partitions";
import type { PartitionMapping, SingleMapping } from "@millrace/model/partitions/mappings/mapping";
import { parsePartitionsDefinition } from "@millrace/model/partitions/parse-definition";
import { subsetKeys, subsetOfKeys } from "@millrace/model/partitions/subset-keys";
import { dynamicKeysOf, toDefinition, type VectorDefinition } from "./definitions.ts";

/** A partition mapping as the vectors write it. */
export interface VectorMapping {
  readonly type: string;
  readonly start_offset?: number;
  readonly end_offset?: number;
  readonly allow_nonexistent_upstream?: boolean;
  readonly downstream_keys_by_upstream_key?: Readonly<Record<string, string | readonly string[]>>;
  readonly keys?: readonly string[];
  readonly dimension?: string;
  readonly dimensions?: Readonly<
    Record<string, { readonly downstream_dimension: string; readonly mapping: VectorMapping }>
  >;
}

interface MappingCase {
  readonly upstream: VectorDefinition | null;
  readonly downstream: VectorDefinition | null;
  readonly mapping: VectorMapping;
  readonly now: string;
  readonly direction: "to_upstream" | "to_downstream";
  readonly keys: readonly string[];
}

export function runCase(testCase: unknown): unknown {
  const { upstream, downstream, mapping, now, direction, keys } = testCase as MappingCase;
  const ends = {
    upstream: upstream && parsePartitionsDefinition(toDefinition(upstream)),
    downstream: downstream && parsePartitionsDefinition(toDefinition(downstream)),
  };
  const view = { now: Date.parse(now), dynamicKeys: dynamicKeysOf([upstream, downstream]) };
  if (direction === "to_upstream") {
    const result = mapToUpstream(toMapping(mapping), ends, subsetOfKeys(ends.downstream, keys), view);
    return {
      keys: [...subsetKeys(ends.upstream, result.subset)],
      required_but_nonexistent: [...result.requiredButNonexistent],
    };
  }
  const subset = mapToDownstream(toMapping(mapping), ends, subsetOfKeys(ends.upstream, keys), view);
  return { keys: [...subsetKeys(ends.downstream, subset)] };
}

/** Our mapping for one of the vectors'. */
export function toMapping(vector: VectorMapping): PartitionMapping {
  switch (vector.type) {
    case "identity":
    case "all":
    case "last":
      return { type: vector.type };
    case "time_window":
      return {
        type: vector.type,
        startOffset: vector.start_offset ?? 0,
        endOffset: vector.end_offset ?? 0,
        allowNonexistentUpstream: vector.allow_nonexistent_upstream ?? false,
      };
    case "static":
      return {
        type: vector.type,
        downstreamKeysByUpstreamKey: vector.downstream_keys_by_upstream_key ?? {},
      };
    case "specific":
      return { type: vector.type, keys: vector.keys ?? [] };
    case "multi_to_single":
      return {
        type: vector.type,
        ...(vector.dimension === undefined ? {} : { dimension: vector.dimension }),
      };
    case "multi_to_multi": {
      const dimensions = Object.entries(vector.dimensions ?? {}).map(([name, each]) => [
        name,
        { downstreamDimension: each.downstream_dimension, mapping: toMapping(each.mapping) as SingleMapping },
      ]);
      return { type: vector.type, dimensions: Object.fromEntries(dimensions) };
    }
    default:
      throw new Error(`Unknown mapping ${vector.type}`);
  }
}
