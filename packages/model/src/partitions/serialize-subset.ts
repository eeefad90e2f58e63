import { isTimePartitions, type PartitionsDefinition, type SinglePartitions } from "./definition.ts";
import { splitDimensions } from "./subset-keys.ts";
import { joinWindows, type LeafSubset, type PartitionsSubset } from "./subset.ts";

export type SerializedLeaf =
  | { readonly type: "keys"; readonly keys: readonly string[] }
  | { readonly type: "windows"; readonly ranges: readonly (readonly [start: number, end: number])[] };

/** A subset as plain JSON, for the database and the wire; times are milliseconds since the epoch. */
export type SerializedSubset =
  | SerializedLeaf
  | { readonly type: "multi"; readonly groups: Readonly<Record<string, SerializedLeaf>> }
  | { readonly type: "whole"; readonly included: boolean };

export function serializeSubset(subset: PartitionsSubset): SerializedSubset {
  switch (subset.type) {
    case "whole":
      return subset;
    case "multi": {
      const groups = [...subset.groups].map(([group, leaf]) => [group, serializeLeaf(leaf)] as const);
      return { type: "multi", groups: Object.fromEntries(groups) };
    }
    default:
      return serializeLeaf(subset);
  }
}

/** Whether a serialized subset holds nothing, without restoring it. */
export function isEmptySerialized(data: SerializedSubset): boolean {
  switch (data.type) {
    case "keys":
      return data.keys.length === 0;
    case "windows":
      return data.ranges.length === 0;
    case "multi":
      return Object.keys(data.groups).length === 0;
    case "whole":
      return !data.included;
  }
}

/**
 * The subset that was serialized, if it still fits the definition; null when the asset is partitioned in another way now.
 * Keys that no longer exist are kept: whoever uses the subset narrows it to what exists.
 */
export function restoreSubset(
  definition: PartitionsDefinition | null,
  data: SerializedSubset,
): PartitionsSubset | null {
  if (definition === null) return data.type === "whole" ? data : null;
  if (definition.type !== "multi") return restoreLeaf(definition, data);
  if (data.type !== "multi") return null;
  const { leaf } = splitDimensions(definition);
  const groups = new Map<string, LeafSubset>();
  for (const [group, each] of Object.entries(data.groups)) {
    const restored = restoreLeaf(leaf.partitions, each);
    if (!restored) return null;
    groups.set(group, restored);
  }
  return { type: "multi", groups };
}

function serializeLeaf(leaf: LeafSubset): SerializedLeaf {
  if (leaf.type === "keys") return { type: "keys", keys: [...leaf.keys] };
  return { type: "windows", ranges: leaf.ranges.map(({ start, end }) => [start, end]) };
}

function restoreLeaf(definition: SinglePartitions, data: SerializedSubset): LeafSubset | null {
  if (isTimePartitions(definition)) {
    if (data.type !== "windows") return null;
    return { type: "windows", ranges: joinWindows(data.ranges.map(([start, end]) => ({ start, end }))) };
  }
  return data.type === "keys" ? { type: "keys", keys: new Set(data.keys) } : null;
}
