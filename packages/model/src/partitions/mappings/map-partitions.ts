import { isTimePartitions, type MultiPartitions, type PartitionsDefinition } from "../definition.ts";
import { listDimensions } from "../multi-key.ts";
import { hasPartitionKey, partitionKeysBackward } from "../partition-keys.ts";
import { isSamePartitions, isSameWindows } from "../same-definition.ts";
import {
  emptySubset,
  existingSubset,
  factors,
  onlyExisting,
  productSubset,
  subsetKeys,
  subsetOfKeys,
  type PartitionsView,
} from "../subset-keys.ts";
import { intersectSubsets, isEmptySubset, subtractSubset, unionSubsets, type PartitionsSubset } from "../subset.ts";
import { MappingDoesNotFit, type MultiToMultiMapping, type MultiToSingleMapping, type PartitionMapping, type StaticMapping } from "./mapping.ts";
import { dependentDownstream, gridsOf, requiredUpstream } from "./time-window-mapping.ts";

/** Both ends of a dependency; null means not partitioned. */
export interface MappedDefinitions {
  readonly upstream: PartitionsDefinition | null;
  readonly downstream: PartitionsDefinition | null;
}

/** What downstream partitions need upstream. */
export interface UpstreamPartitions {
  readonly subset: PartitionsSubset;
  /** Keys that are needed but do not exist; with several dimensions the keys of the dimension that lacks them. */
  readonly requiredButNonexistent: readonly string[];
}

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
  const { upstream, downstream } = ends;
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
    case "multi_to_single":
      return exactly(mapDimension(mapping, downstream, upstream, subset, view));
    case "multi_to_multi":
      return mapDimensions(mapping, ends, subset, view);
  }
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
  const { upstream, downstream } = ends;
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
      const names = Object.keys(mapping.downstreamKeysByUpstreamKey);
      refuseUnknown(mapping, names.flatMap((name) => downstreamKeysOf(mapping, name)), downstream, view);
      const given = new Set(subsetKeys(upstream, subset));
      const needing = names.filter((name) => given.has(name)).flatMap((name) => downstreamKeysOf(mapping, name));
      return subsetOfKeys(downstream, needing);
    }
    case "time_window": {
      const ranges = subset.type === "windows" ? subset.ranges : [];
      const dependent = dependentDownstream(mapping, gridsOf(mapping, upstream, downstream), ranges);
      return onlyExisting(downstream, { type: "windows", ranges: dependent }, view);
    }
    case "multi_to_single":
      return mapDimension(mapping, upstream, downstream, subset, view);
    case "multi_to_multi":
      return mapDimensionsDown(mapping, ends, subset, view);
  }
}

function exactly(subset: PartitionsSubset): UpstreamPartitions {
  return { subset, requiredButNonexistent: [] };
}

/** Parts a needed subset into what exists and what does not. */
function split(definition: PartitionsDefinition, needed: PartitionsSubset, view: PartitionsView): UpstreamPartitions {
  const subset = onlyExisting(definition, needed, view);
  return { subset, requiredButNonexistent: [...subsetKeys(definition, subtractSubset(needed, subset))] };
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
  const sameForm =
    from !== null &&
    (isSamePartitions(to, from) || (isTimePartitions(to) && isTimePartitions(from) && isSameWindows(to, from)));
  if (sameForm) return split(to, subset, view);
  const keys = [...subsetKeys(from, subset)];
  const exists = keys.map((key) => hasPartitionKey(to, key, view.now, view.dynamicKeys));
  return {
    subset: subsetOfKeys(to, keys.filter((_, i) => exists[i])),
    requiredButNonexistent: keys.filter((_, i) => !exists[i]),
  };
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
  const unknown = keys.filter(
    (key) => !definition || !hasPartitionKey(definition, key, view.now, view.dynamicKeys),
  );
  if (unknown.length > 0) throw new MappingDoesNotFit(mapping, `there is no partition ${unknown.join(", ")}`);
}

/** Works both ways: one of `from` and `to` has a dimension that is partitioned like the other. */
function mapDimension(
  mapping: MultiToSingleMapping,
  from: PartitionsDefinition | null,
  to: PartitionsDefinition | null,
  subset: PartitionsSubset,
  view: PartitionsView,
): PartitionsSubset {
  if (to?.type === "multi" && from && from.type !== "multi") {
    const dimension = findDimension(mapping, to, from);
    const included = listDimensions(to).map(([name, single]) =>
      name === dimension ? onlyExisting(single, subset, view) : existingSubset(single, view),
    );
    return productSubset(to, included);
  }
  if (from?.type === "multi" && to && to.type !== "multi" && subset.type === "multi") {
    const dimension = findDimension(mapping, from, to);
    const index = listDimensions(from).findIndex(([name]) => name === dimension);
    let result = emptySubset(to);
    for (const parts of factors(from, subset)) result = unionSubsets(result, parts[index] ?? result);
    return onlyExisting(to, result, view);
  }
  throw new MappingDoesNotFit(mapping, "one side must have several dimensions and the other one");
}

function findDimension(mapping: MultiToSingleMapping, multi: MultiPartitions, single: PartitionsDefinition): string {
  const fitting = listDimensions(multi)
    .filter(([, partitions]) => isSamePartitions(partitions, single))
    .map(([name]) => name);
  const [only, ...others] = fitting;
  const dimension = fitting.find((name) => name === mapping.dimension) ?? only;
  if (dimension === undefined || (others.length > 0 && dimension !== mapping.dimension)) {
    throw new MappingDoesNotFit(
      mapping,
      `of ${listDimensions(multi)
        .map(([name]) => name)
        .join(", ")} ${fitting.length} are partitioned like the other side; name one of them`,
    );
  }
  return dimension;
}

function mapDimensions(
  mapping: MultiToMultiMapping,
  ends: MappedDefinitions,
  subset: PartitionsSubset,
  view: PartitionsView,
): UpstreamPartitions {
  const { upstream, downstream } = bothMulti(mapping, ends);
  const downstreamNames = listDimensions(downstream).map(([name]) => name);
  let result = emptySubset(upstream);
  const nonexistent = new Set<string>();
  for (const parts of subset.type === "multi" ? factors(downstream, subset) : []) {
    const included = listDimensions(upstream).map(([name, single]) => {
      const dimension = mapping.dimensions[name];
      if (!dimension) return existingSubset(single, view);
      const from = downstream.dimensions[dimension.downstreamDimension] ?? null;
      const part = parts[downstreamNames.indexOf(dimension.downstreamDimension)] ?? emptySubset(from);
      const mapped = mapToUpstream(dimension.mapping, { upstream: single, downstream: from }, part, view);
      for (const key of mapped.requiredButNonexistent) nonexistent.add(key);
      return mapped.subset;
    });
    result = unionSubsets(result, productSubset(upstream, included));
  }
  return { subset: result, requiredButNonexistent: [...nonexistent] };
}

function mapDimensionsDown(
  mapping: MultiToMultiMapping,
  ends: MappedDefinitions,
  subset: PartitionsSubset,
  view: PartitionsView,
): PartitionsSubset {
  const { upstream, downstream } = bothMulti(mapping, ends);
  const upstreamNames = listDimensions(upstream).map(([name]) => name);
  let result = emptySubset(downstream);
  for (const parts of subset.type === "multi" ? factors(upstream, subset) : []) {
    const included = listDimensions(downstream).map(([name, single]) => {
      const source = upstreamNames.find((each) => mapping.dimensions[each]?.downstreamDimension === name);
      const dimension = source === undefined ? undefined : mapping.dimensions[source];
      if (source === undefined || !dimension) return existingSubset(single, view);
      const from = upstream.dimensions[source] ?? null;
      const part = parts[upstreamNames.indexOf(source)] ?? emptySubset(from);
      return mapToDownstream(dimension.mapping, { upstream: from, downstream: single }, part, view);
    });
    result = unionSubsets(result, productSubset(downstream, included));
  }
  return result;
}

function bothMulti(
  mapping: MultiToMultiMapping,
  { upstream, downstream }: MappedDefinitions,
): { readonly upstream: MultiPartitions; readonly downstream: MultiPartitions } {
  if (upstream?.type !== "multi" || downstream?.type !== "multi") {
    throw new MappingDoesNotFit(mapping, "both sides must have several dimensions");
  }
  for (const [name, { downstreamDimension }] of Object.entries(mapping.dimensions)) {
    if (!(name in upstream.dimensions) || !(downstreamDimension in downstream.dimensions)) {
      throw new MappingDoesNotFit(mapping, `there is no dimension "${name}" or "${downstreamDimension}"`);
    }
  }
  return { upstream, downstream };
}
