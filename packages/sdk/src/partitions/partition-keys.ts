import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import {
  findPartitionWindow,
  hasPartitionKey,
  listPartitionKeys,
} from "@millrace/model/partitions/partition-keys";
import type { PartitionWindow } from "./partition-window.ts";

/**
 * The keys of all partitions that exist at a time (default: now), in order. Dynamic partitions are kept by the control
 * plane and not known here.
 */
export function listPartitions(partitions: PartitionsDefinition, at: Date = new Date()): string[] {
  return listPartitionKeys(partitions, at.getTime());
}

/** Whether a partition exists at a time (default: now). */
export function hasPartition(partitions: PartitionsDefinition, key: string, at: Date = new Date()): boolean {
  return hasPartitionKey(partitions, key, at.getTime());
}

/** The window of time that a key stands for; null when the partitions are not windows of time. */
export function partitionWindow(partitions: PartitionsDefinition, key: string): PartitionWindow | null {
  const window = findPartitionWindow(partitions, key);
  return window && { start: new Date(window.start), end: new Date(window.end) };
}
