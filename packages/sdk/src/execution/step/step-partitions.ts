import { parseMultiKey } from "@millrace/model/partitions/multi-key";
import { findPartitionWindow } from "@millrace/model/partitions/partition-keys";
import type { PartitionWindow } from "../../partitions/partition-window.ts";
import type { PlannedStep } from "../plan/execution-plan.ts";

/** What the context of a step says about the partitions it works on; see `PartitionContext`. */
export function partitionsOf(planned: PlannedStep): object {
  const { partitions, partitionKey, partitionKeys, takesSeveral } = planned;
  if (partitions === null || partitionKeys === null) return {};
  if (takesSeveral) return severalOf(partitionKeys, partitions);
  if (partitionKey === null) return {};
  if (partitions.type === "multi")
    return { partitionKey, partitionDimensions: parseMultiKey(partitions, partitionKey) };
  const partitionWindow = windowOf(partitions, partitionKey, partitionKey);
  return partitionWindow === null ? { partitionKey } : { partitionKey, partitionWindow };
}

function severalOf(
  partitionKeys: readonly string[],
  partitions: NonNullable<PlannedStep["partitions"]>,
): object {
  const start = partitionKeys[0] ?? "";
  const end = partitionKeys.at(-1) ?? "";
  const several = { partitionKeys, partitionRange: { start, end } };
  if (partitions.type === "multi") {
    const keys = partitionKeys.map((key) => parseMultiKey(partitions, key));
    const names = Object.keys(partitions.dimensions);
    const dimensions = names.map((name) => [name, [...new Set(keys.map((each) => each[name]))]]);
    return { ...several, partitionDimensions: Object.fromEntries(dimensions) as object };
  }
  const partitionWindow = windowOf(partitions, start, end);
  return partitionWindow === null ? several : { ...several, partitionWindow };
}

function windowOf(
  partitions: NonNullable<PlannedStep["partitions"]>,
  first: string,
  last: string,
): PartitionWindow | null {
  const from = findPartitionWindow(partitions, first);
  const to = findPartitionWindow(partitions, last);
  return from && to && { start: new Date(from.start), end: new Date(to.end) };
}
