import { isTimePartitions, type PartitionsDefinition } from "../definition.ts";
import { partitionKeysBackward, partitionKeyTest } from "../partition-keys.ts";
import { isSamePartitions, isSameWindows } from "../same-definition.ts";
import {
  emptySubset,
  existingSubset,
  onlyExisting,
  subsetKeys,
  subsetOfKeys,
  type PartitionsView,
} from "../subset-keys.ts";
import { intersectSubsets, isEmptySubset, subtractSubset, type PartitionsSubset } from "../subset.ts";
import { MappingDoesNotFit, type SingleMapping, type StaticMapping } from "./mapping.ts";
import { dependentDownstream, gridsOf, requiredUpstream } from "./time-window-mapping.ts";

/** Both ends of a dependency; null means not partitioned. */
export interface MappedDefinitions {
  readonly upstream: PartitionsDefinition | null;
  readonly downstream: PartitionsDefinition | null;
}

/** What downstream partitions need upstream. */
export interface UpstreamPartitions {
  readonly subset: PartitionsSubset;
  /**
   * Keys that are needed but do not exist; with several dimensions the keys of the dimension that lacks them. They are
   * made while they are read: there can be many.
   */
  readonly requiredButNonexistent: Iterable<string>;
}

/** `mapToUpstream` for mappings that need not look into dimensions. */
export function mapSingleToUpstream(
  mapping: SingleMapping,
  { upstream, downstream }: MappedDefinitions,
  subset: PartitionsSubset,
  view: PartitionsView,
): UpstreamPartitions {
  if (!upstream) return exactly({ type: "whole", included: true });
  switch (mapping.type) {
    case "all":
      return exactly(existingSubset(upstream, view));
    case "last":
      return exactly(lastPartition(upstream, view));
    case "specific":
      return split(upstream, subsetOfKeys(upstream, mapping.keys), view);
    case "identity":
      return mapIdentity(upstream, downstream, subset, view);
    case "static": {
      const names = Object.keys(mapping.downstreamKeysByUpstreamKey);
      refuseUnknown(mapping, names, upstream, view);
      const given = new Set(subsetKeys(downstream, subset));
      const needed = names.filter((name) => downstreamKeysOf(mapping, name).some((key) => given.has(key)));
      return exactly(subsetOfKeys(upstream, needed));
    }
    case "time_window": {
      const ranges = subset.type === "windows" ? subset.ranges : [];
      const required = requiredUpstream(mapping, gridsOf(mapping, upstream, downstream), ranges, view);
      const result = split(upstream, { type: "windows", ranges: required }, view);
      return mapping.allowNonexistentUpstream ? exactly(result.subset) : result;
    }
  }
}

/** `mapToDownstream` for mappings that need not look into dimensions. */
export function mapSingleToDownstream(
  mapping: SingleMapping,
  { upstream, downstream }: MappedDefinitions,
  subset: PartitionsSubset,
  view: PartitionsView,
): PartitionsSubset {
  const allIf = (isHit: boolean): PartitionsSubset =>
    isHit ? existingSubset(downstream, view) : emptySubset(downstream);
  if (!upstream) return allIf(!isEmptySubset(subset));
  switch (mapping.type) {
    case "all":
      return allIf(!isEmptySubset(subset));
    case "last":
      return allIf(!isEmptySubset(intersectSubsets(subset, lastPartition(upstream, view))));
    case "specific":
      return allIf(!isEmptySubset(intersectSubsets(subset, subsetOfKeys(upstream, mapping.keys))));
    case "identity":
      return mapIdentity(downstream, upstream, subset, view).subset;
    case "static": {
      const entries = Object.keys(mapping.downstreamKeysByUpstreamKey).map(
        (name) => [name, downstreamKeysOf(mapping, name)] as const,
      );
      refuseUnknown(
        mapping,
        entries.flatMap(([, keys]) => keys),
        downstream,
        view,
      );
      const given = new Set(subsetKeys(upstream, subset));
      return subsetOfKeys(
        downstream,
        entries.flatMap(([name, keys]) => (given.has(name) ? keys : [])),
      );
    }
    case "time_window": {
      const ranges = subset.type === "windows" ? subset.ranges : [];
      const dependent = dependentDownstream(mapping, gridsOf(mapping, upstream, downstream), ranges);
      return onlyExisting(downstream, { type: "windows", ranges: dependent }, view);
    }
  }
}

/** A result that misses nothing. */
export function exactly(subset: PartitionsSubset): UpstreamPartitions {
  return { subset, requiredButNonexistent: [] };
}

/** Parts a needed subset into what exists and what does not. */
function split(
  definition: PartitionsDefinition,
  needed: PartitionsSubset,
  view: PartitionsView,
): UpstreamPartitions {
  const subset = onlyExisting(definition, needed, view);
  const lacking = (): Iterator<string> => subsetKeys(definition, subtractSubset(needed, subset));
  return { subset, requiredButNonexistent: { [Symbol.iterator]: lacking } };
}

function lastPartition(definition: PartitionsDefinition, view: PartitionsView): PartitionsSubset {
  const [last] = partitionKeysBackward(definition, view.now, view.dynamicKeys);
  return last === undefined ? emptySubset(definition) : subsetOfKeys(definition, [last]);
}

/** Works both ways: the partitions of `to` with the keys of `subset`, which is one of `from`. */
function mapIdentity(
  to: PartitionsDefinition | null,
  from: PartitionsDefinition | null,
  subset: PartitionsSubset,
  view: PartitionsView,
): UpstreamPartitions {
  if (!to) return exactly({ type: "whole", included: !isEmptySubset(subset) });
  const isSameForm =
    isSamePartitions(to, from) ||
    (from !== null && isTimePartitions(to) && isTimePartitions(from) && isSameWindows(to, from));
  if (isSameForm) return split(to, subset, view);
  const exists = partitionKeyTest(to, view.now, view.dynamicKeys);
  const existing: string[] = [];
  const lacking: string[] = [];
  for (const key of subsetKeys(from, subset)) (exists(key) ? existing : lacking).push(key);
  return { subset: subsetOfKeys(to, existing), requiredButNonexistent: lacking };
}

function downstreamKeysOf(mapping: StaticMapping, upstreamKey: string): readonly string[] {
  const keys = mapping.downstreamKeysByUpstreamKey[upstreamKey] ?? [];
  return typeof keys === "string" ? [keys] : keys;
}

function refuseUnknown(
  mapping: StaticMapping,
  keys: readonly string[],
  definition: PartitionsDefinition | null,
  view: PartitionsView,
): void {
  const exists = definition === null ? () => false : partitionKeyTest(definition, view.now, view.dynamicKeys);
  const unknown = keys.filter((key) => !exists(key));
  if (unknown.length > 0) throw new MappingDoesNotFit(mapping, `there is no partition ${unknown.join(", ")}`);
}
