import {
  isTimePartitions,
  type PartitionsDefinition,
  type SinglePartitions,
} from "@millrace/model/partitions/definition";
import { parseMultiKey } from "@millrace/model/partitions/multi-key";
import { findPartitionWindow } from "@millrace/model/partitions/partition-keys";
import type { PartitionWindow } from "../partitions/partition-window.ts";

/** What a key stands for: a partition's, or that of one of its dimensions. */
export interface PartitionPart {
  readonly key: string;
  /** The window of time; null where partitions are none. */
  readonly window: PartitionWindow | null;
  /** The IANA name of the time zone in whose wall time windows are cut; null without a window. */
  readonly timezone: string | null;
}

/** The partition of a stored value, spelled out for IO managers that store rows by what they hold. */
export interface ValuePartition extends PartitionPart {
  /** Of a multi-dimensional partition the parts by the name of the dimension; null for any other. */
  readonly dimensions: Readonly<Record<string, PartitionPart>> | null;
}

/**
 * What the key of a stored value stands for.
 *
 * @returns null for a value without partitions.
 */
export function describePartition(
  partitions: PartitionsDefinition | null | undefined,
  key: string | null,
): ValuePartition | null {
  if (!partitions || key === null) return null;
  if (partitions.type !== "multi") return { ...describePart(partitions, key), dimensions: null };
  const keys = parseMultiKey(partitions, key);
  const parts = Object.entries(partitions.dimensions).map(([name, single]) => [
    name,
    describePart(single, keys[name] ?? ""),
  ]);
  return {
    key,
    window: null,
    timezone: null,
    dimensions: Object.fromEntries(parts) as Record<string, PartitionPart>,
  };
}

function describePart(partitions: SinglePartitions, key: string): PartitionPart {
  const window = isTimePartitions(partitions) ? findPartitionWindow(partitions, key) : null;
  if (!isTimePartitions(partitions) || window === null) return { key, window: null, timezone: null };
  return {
    key,
    window: { start: new Date(window.start), end: new Date(window.end) },
    timezone: partitions.timezone ?? "UTC",
  };
}
