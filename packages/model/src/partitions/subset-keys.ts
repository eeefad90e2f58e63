import {
  isTimePartitions,
  type DynamicKeys,
  type MultiPartitions,
  type PartitionsDefinition,
  type SinglePartitions,
} from "./definition.ts";
import { DIMENSION_SEPARATOR, listDimensions, splitMultiKey } from "./multi-key.ts";
import { partitionKeys, partitionKeyTest } from "./partition-keys.ts";
import {
  intersectSubsets,
  isEmptySubset,
  joinWindows,
  type LeafSubset,
  type MultiSubset,
  type PartitionsSubset,
} from "./subset.ts";
import { countWindows, existingWindows, windowGrid } from "./window-grid.ts";
import { getWindowOfKey, windowKeysBetween } from "./window-keys.ts";

/** What decides which partitions exist: the time (milliseconds since the epoch) and the present dynamic keys. */
export interface PartitionsView {
  readonly now: number;
  readonly dynamicKeys: DynamicKeys;
}

/** A dimension with its position in keys. */
export interface Dimension {
  readonly name: string;
  readonly partitions: SinglePartitions;
}

export function emptySubset(definition: PartitionsDefinition | null): PartitionsSubset {
  if (definition === null) return { type: "whole", included: false };
  if (definition.type === "multi") return { type: "multi", groups: new Map() };
  return emptyLeaf(definition);
}

/** All partitions that exist. `null` as definition stands for an unpartitioned asset. */
export function existingSubset(
  definition: PartitionsDefinition | null,
  view: PartitionsView,
): PartitionsSubset {
  if (definition === null) return { type: "whole", included: true };
  if (definition.type !== "multi") return existingLeaf(definition, view);
  const leaves = listDimensions(definition).map(([, single]) => existingLeaf(single, view));
  return productSubset(definition, leaves);
}

/** The subset of these keys; they need not exist. @throws UnknownPartitionKey when a text is not a key at all */
export function subsetOfKeys(
  definition: PartitionsDefinition | null,
  keys: Iterable<string>,
): PartitionsSubset {
  if (definition === null) return { type: "whole", included: false };
  if (definition.type !== "multi") return leafOfKeys(definition, keys);
  const { leaf, leafIndex } = splitDimensions(definition);
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const parts = splitMultiKey(definition, key);
    const [leafKey = ""] = parts.splice(leafIndex, 1);
    const group = parts.join(DIMENSION_SEPARATOR);
    const known = groups.get(group);
    if (known) known.push(leafKey);
    else groups.set(group, [leafKey]);
  }
  return {
    type: "multi",
    groups: new Map([...groups].map(([group, leafKeys]) => [group, leafOfKeys(leaf.partitions, leafKeys)])),
  };
}

/** The keys of a subset, group by group; empty for an unpartitioned asset. */
export function* subsetKeys(
  definition: PartitionsDefinition | null,
  subset: PartitionsSubset,
): Generator<string, void, void> {
  if (definition === null || subset.type === "whole") return;
  if (definition.type !== "multi" || subset.type !== "multi") {
    if (definition.type !== "multi" && subset.type !== "multi") yield* leafKeys(definition, subset);
    return;
  }
  const { leaf, leafIndex } = splitDimensions(definition);
  for (const [group, included] of subset.groups) {
    const parts = group.split(DIMENSION_SEPARATOR);
    for (const key of leafKeys(leaf.partitions, included)) {
      yield parts.toSpliced(leafIndex, 0, key).join(DIMENSION_SEPARATOR);
    }
  }
}

/** How many partitions a subset holds; does not enumerate windows. */
export function countSubset(definition: PartitionsDefinition | null, subset: PartitionsSubset): number {
  if (definition === null || subset.type === "whole") return isEmptySubset(subset) ? 0 : 1;
  if (definition.type === "multi") {
    if (subset.type !== "multi") return 0;
    const { leaf } = splitDimensions(definition);
    return [...subset.groups.values()].reduce((sum, each) => sum + countSubset(leaf.partitions, each), 0);
  }
  if (subset.type === "keys") return subset.keys.size;
  if (subset.type !== "windows" || !isTimePartitions(definition)) return 0;
  const grid = windowGrid(definition);
  return subset.ranges.reduce((sum, { start, end }) => sum + countWindows(grid, start, end), 0);
}

/** The subset without partitions that do not exist. */
export function onlyExisting(
  definition: PartitionsDefinition | null,
  subset: PartitionsSubset,
  view: PartitionsView,
): PartitionsSubset {
  if (definition === null) return subset;
  if (definition.type !== "multi" || subset.type !== "multi") {
    return intersectSubsets(subset, existingSubset(definition, view));
  }
  const { others, leaf } = splitDimensions(definition);
  const existing = existingLeaf(leaf.partitions, view);
  const tests = others.map(({ partitions }) => partitionKeyTest(partitions, view.now, view.dynamicKeys));
  const groups = new Map<string, LeafSubset>();
  for (const [group, included] of subset.groups) {
    const parts = group.split(DIMENSION_SEPARATOR);
    const exists = tests.every((test, i) => test(parts[i] ?? ""));
    const rest = exists ? intersectSubsets(included, existing) : null;
    if (rest && isLeaf(rest) && !isEmptySubset(rest)) groups.set(group, rest);
  }
  return { type: "multi", groups };
}

/** All combinations of what is included of each dimension, given in the order of dimensions. */
export function productSubset(
  definition: MultiPartitions,
  included: readonly PartitionsSubset[],
): MultiSubset {
  const { others, leafIndex } = splitDimensions(definition);
  const leafSubset = included[leafIndex];
  if (!leafSubset || !isLeaf(leafSubset) || isEmptySubset(leafSubset))
    return { type: "multi", groups: new Map() };
  const otherSubsets = included.toSpliced(leafIndex, 1);
  const keys = others.map(({ partitions }, i) => [
    ...subsetKeys(partitions, otherSubsets[i] ?? emptySubset(partitions)),
  ]);
  let groups: string[] = [];
  for (const [i, list] of keys.entries()) {
    groups = i === 0 ? list : groups.flatMap((group) => list.map((key) => group + DIMENSION_SEPARATOR + key));
  }
  return { type: "multi", groups: new Map(groups.map((group) => [group, leafSubset])) };
}

/** One subset per dimension (in their order) for each group of a multi-dimensional subset: their products make it up. */
export function* factors(
  definition: MultiPartitions,
  subset: MultiSubset,
): Generator<LeafSubset[], void, void> {
  const { others, leafIndex } = splitDimensions(definition);
  for (const [group, leaf] of subset.groups) {
    const parts = group.split(DIMENSION_SEPARATOR);
    const single = others.map(({ partitions }, i) => leafOfKeys(partitions, [parts[i] ?? ""]));
    yield single.toSpliced(leafIndex, 0, leaf);
  }
}

/** The leaf dimension of subsets (the first time dimension, else the last one), its position, and the others in order. */
export function splitDimensions(definition: MultiPartitions): {
  readonly leaf: Dimension;
  readonly leafIndex: number;
  readonly others: readonly Dimension[];
} {
  const dimensions = listDimensions(definition).map(([name, partitions]) => ({ name, partitions }));
  const timed = dimensions.findIndex(({ partitions }) => isTimePartitions(partitions));
  const leafIndex = timed >= 0 ? timed : dimensions.length - 1;
  const leaf = dimensions[leafIndex];
  if (!leaf) throw new Error("Multi-dimensional partitions without dimensions");
  return { leaf, leafIndex, others: dimensions.toSpliced(leafIndex, 1) };
}

function isLeaf(subset: PartitionsSubset): subset is LeafSubset {
  return subset.type === "keys" || subset.type === "windows";
}

function emptyLeaf(definition: SinglePartitions): LeafSubset {
  return isTimePartitions(definition) ? { type: "windows", ranges: [] } : { type: "keys", keys: new Set() };
}

function existingLeaf(definition: SinglePartitions, view: PartitionsView): LeafSubset {
  if (!isTimePartitions(definition)) {
    return { type: "keys", keys: new Set(partitionKeys(definition, view.now, view.dynamicKeys)) };
  }
  const existing = existingWindows(windowGrid(definition), view.now);
  return { type: "windows", ranges: existing ? [{ start: existing.start, end: existing.end }] : [] };
}

function leafOfKeys(definition: SinglePartitions, keys: Iterable<string>): LeafSubset {
  if (!isTimePartitions(definition)) return { type: "keys", keys: new Set(keys) };
  const grid = windowGrid(definition);
  return { type: "windows", ranges: joinWindows(Array.from(keys, (key) => getWindowOfKey(grid, key))) };
}

function* leafKeys(definition: SinglePartitions, subset: PartitionsSubset): Generator<string, void, void> {
  if (subset.type === "keys") yield* subset.keys;
  else if (subset.type === "windows" && isTimePartitions(definition)) {
    for (const range of subset.ranges) yield* windowKeysBetween(windowGrid(definition), range);
  }
}
