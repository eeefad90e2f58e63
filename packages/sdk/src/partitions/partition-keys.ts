import type {
  MultiPartitions,
  PartitionsDefinition,
  StaticPartitions,
} from "@millrace/model/partitions/definition";
import { formatMultiKey, parseMultiKey, type KeysByDimension } from "@millrace/model/partitions/multi-key";
import { UnknownPartitionKey } from "@millrace/model/partitions/partition-errors";
import {
  findPartitionWindow,
  hasPartitionKey,
  listPartitionKeys,
  partitionKeysBackward,
} from "@millrace/model/partitions/partition-keys";
import type { PartitionWindow } from "./partition-window.ts";

/**
 * The keys of all partitions that exist at a time (default: now), in order. Dynamic partitions are kept by the control
 * plane and not known here.
 */
export function listPartitions<P extends PartitionsDefinition>(
  partitions: P,
  at: Date = new Date(),
): PartitionKeyOf<P>[] {
  return listPartitionKeys(partitions, at.getTime()) as PartitionKeyOf<P>[];
}

/** Whether a partition exists at a time (default: now). */
export function hasPartition(partitions: PartitionsDefinition, key: string, at: Date = new Date()): boolean {
  return hasPartitionKey(partitions, key, at.getTime());
}

/** The keys that partitions may have, as far as their type tells: those of static partitions, else any text. */
export type PartitionKeyOf<P> = P extends StaticPartitions ? P["keys"][number] : string;

/** The keys of one partition by dimension. */
export type DimensionKeys<P extends MultiPartitions> = {
  readonly [D in keyof P["dimensions"]]: PartitionKeyOf<P["dimensions"][D]>;
};

/** The newest partition that exists at a time (default: now), which is the last static key; null when there is none. */
export function lastPartition<P extends PartitionsDefinition>(
  partitions: P,
  at: Date = new Date(),
): PartitionKeyOf<P> | null {
  const [last = null] = partitionKeysBackward(partitions, at.getTime());
  return last as PartitionKeyOf<P> | null;
}

/**
 * The key of a partition with several dimensions, whose parts stand in the order of the dimensions' names.
 *
 * @example
 * const sales = multiPartitions({ shop: staticPartitions(["berlin", "paris"]), day: daily({ start: "2026-01-01" }) });
 * expect(multiKey(sales, { shop: "paris", day: "2026-01-31" })).toBe("2026-01-31|paris");
 *
 * @throws UnknownPartitionKey when a dimension is missing or unknown, or a static one has no such key.
 */
export function multiKey<P extends MultiPartitions>(partitions: P, keys: DimensionKeys<P>): string {
  const byName = keys as KeysByDimension;
  for (const [name, dimension] of Object.entries(partitions.dimensions)) {
    const key = byName[name];
    if (dimension.type === "static" && key !== undefined && !dimension.keys.includes(key))
      throw new UnknownPartitionKey(key, `dimension "${name}" has no such key`);
  }
  return formatMultiKey(partitions, byName);
}

/**
 * The keys of each dimension that a key of several dimensions is made of.
 *
 * @throws UnknownPartitionKey when it has another number of parts.
 */
export function dimensionsOf<P extends MultiPartitions>(partitions: P, key: string): DimensionKeys<P> {
  return parseMultiKey(partitions, key) as DimensionKeys<P>;
}

/**
 * The window of time that a key stands for, of several dimensions that of the one that is time; null when the partitions are not
 * windows of time.
 */
export function partitionWindow(partitions: PartitionsDefinition, key: string): PartitionWindow | null {
  const window = findPartitionWindow(partitions, key);
  return window && { start: new Date(window.start), end: new Date(window.end) };
}
