import type { PartitionWindow } from "./definition.ts";

/** Keys of static or dynamic partitions. */
export interface KeySubset {
  readonly type: "keys";
  readonly keys: ReadonlySet<string>;
}

/** Time windows as stretches of time: sorted, apart from each other, each from a window's start to a window's end. */
export interface WindowSubset {
  readonly type: "windows";
  readonly ranges: readonly PartitionWindow[];
}

/**
 * Multi-dimensional partitions: for each combination of keys of the other dimensions (joined like a key) what is included
 * of the leaf dimension, which is the time dimension if there is one. No leaf is empty.
 */
export interface MultiSubset {
  readonly type: "multi";
  readonly groups: ReadonlyMap<string, LeafSubset>;
}

/** The one thing that an unpartitioned asset is. */
export interface WholeSubset {
  readonly type: "whole";
  readonly included: boolean;
}

export type LeafSubset = KeySubset | WindowSubset;

/**
 * Some of an asset's partitions, in a form whose size follows what it says rather than how many partitions it holds: a
 * million hourly windows in a row are one range. Operations need two subsets of the same definition.
 */
export type PartitionsSubset = LeafSubset | MultiSubset | WholeSubset;

export function isEmptySubset(subset: PartitionsSubset): boolean {
  switch (subset.type) {
    case "keys":
      return subset.keys.size === 0;
    case "windows":
      return subset.ranges.length === 0;
    case "multi":
      return subset.groups.size === 0;
    case "whole":
      return !subset.included;
  }
}

export function unionSubsets(a: PartitionsSubset, b: PartitionsSubset): PartitionsSubset {
  if (isEmptySubset(a)) return b;
  return isEmptySubset(b) ? a : unionOfSubsets(a, [b]);
}

/** The union of many; `first` gives the form, it may be empty. */
export function unionOfSubsets(
  first: PartitionsSubset,
  others: readonly PartitionsSubset[],
): PartitionsSubset {
  const all = [first, ...others];
  switch (first.type) {
    case "whole":
      return { type: "whole", included: all.some((subset) => !isEmptySubset(subset)) };
    case "multi": {
      const groups = new Map(first.groups);
      for (const subset of others) {
        if (subset.type !== "multi") throw mismatch(first, subset);
        for (const [group, leaf] of subset.groups) {
          const known = groups.get(group);
          groups.set(group, known ? unionLeaves([known, leaf]) : leaf);
        }
      }
      return { type: "multi", groups };
    }
    default:
      return unionLeaves(all);
  }
}

export function intersectSubsets(a: PartitionsSubset, b: PartitionsSubset): PartitionsSubset {
  if (isEmptySubset(a)) return a;
  if (isEmptySubset(b)) return b;
  if (a.type === "multi" && b.type === "multi") {
    const groups = new Map<string, LeafSubset>();
    for (const [group, leaf] of a.groups) {
      const other = b.groups.get(group);
      const both = other && intersectLeaves(leaf, other);
      if (both && !isEmptySubset(both)) groups.set(group, both);
    }
    return { type: "multi", groups };
  }
  if (a.type === "whole" && b.type === "whole") return a;
  return intersectLeaves(a, b);
}

/** What is in `a` and not in `b`. */
export function subtractSubset(a: PartitionsSubset, b: PartitionsSubset): PartitionsSubset {
  if (isEmptySubset(a) || isEmptySubset(b)) return a;
  if (a.type === "multi" && b.type === "multi") {
    const groups = new Map<string, LeafSubset>();
    for (const [group, leaf] of a.groups) {
      const other = b.groups.get(group);
      const rest = other ? subtractLeaf(leaf, other) : leaf;
      if (!isEmptySubset(rest)) groups.set(group, rest);
    }
    return { type: "multi", groups };
  }
  if (a.type === "whole" && b.type === "whole") return { type: "whole", included: false };
  return subtractLeaf(a, b);
}

/** Whether two subsets hold the same partitions. */
export function isSameSubset(a: PartitionsSubset, b: PartitionsSubset): boolean {
  return isEmptySubset(subtractSubset(a, b)) && isEmptySubset(subtractSubset(b, a));
}

/** Sorts windows and joins those that touch or overlap into ranges. */
export function joinWindows(windows: Iterable<PartitionWindow>): PartitionWindow[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of [...windows].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

function unionLeaves(subsets: readonly PartitionsSubset[]): LeafSubset {
  const [first] = subsets;
  if (first?.type === "keys") {
    const keys = new Set<string>();
    for (const subset of subsets) {
      if (subset.type !== "keys") throw mismatch(first, subset);
      for (const key of subset.keys) keys.add(key);
    }
    return { type: "keys", keys };
  }
  const ranges = subsets.flatMap((subset) => {
    if (subset.type !== "windows") throw mismatch(first ?? subset, subset);
    return subset.ranges;
  });
  return { type: "windows", ranges: joinWindows(ranges) };
}

function intersectLeaves(a: PartitionsSubset, b: PartitionsSubset): LeafSubset {
  if (a.type === "keys" && b.type === "keys") return { type: "keys", keys: a.keys.intersection(b.keys) };
  if (a.type === "windows" && b.type === "windows") {
    return { type: "windows", ranges: [...overlaps(a.ranges, b.ranges)] };
  }
  throw mismatch(a, b);
}

function subtractLeaf(a: PartitionsSubset, b: PartitionsSubset): LeafSubset {
  if (a.type === "keys" && b.type === "keys") return { type: "keys", keys: a.keys.difference(b.keys) };
  if (a.type === "windows" && b.type === "windows") {
    return { type: "windows", ranges: [...remainders(a.ranges, b.ranges)] };
  }
  throw mismatch(a, b);
}

function* overlaps(a: readonly PartitionWindow[], b: readonly PartitionWindow[]): Generator<PartitionWindow> {
  for (let i = 0, j = 0; ;) {
    const left = a[i];
    const right = b[j];
    if (!left || !right) return;
    const start = Math.max(left.start, right.start);
    const end = Math.min(left.end, right.end);
    if (start < end) yield { start, end };
    if (left.end < right.end) i++;
    else j++;
  }
}

function* remainders(
  ranges: readonly PartitionWindow[],
  removed: readonly PartitionWindow[],
): Generator<PartitionWindow> {
  let i = 0;
  for (const { start, end } of ranges) {
    let from = start;
    for (let cut = removed[i]; cut && cut.start < end; cut = removed[++i]) {
      if (from < cut.start) yield { start: from, end: cut.start };
      from = Math.max(from, cut.end);
      if (cut.end > end) break; // It may reach into the next range as well.
    }
    if (from < end) yield { start: from, end };
  }
}

function mismatch(a: PartitionsSubset, b: PartitionsSubset): Error {
  return new Error(`Subsets of different definitions: ${a.type} and ${b.type}`);
}
