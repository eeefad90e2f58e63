import { mapToDownstream } from "../partitions/mappings/map-partitions.ts";
import type { PartitionMapping } from "../partitions/mappings/mapping.ts";
import type { BackfillPolicy } from "../partitions/backfill-policy.ts";
import type { PartitionsDefinition } from "../partitions/definition.ts";
import { emptySubset, type PartitionsView } from "../partitions/subset-keys.ts";
import { isEmptySubset, type PartitionsSubset } from "../partitions/subset.ts";

/** Something that a backfill makes: an asset, or a job of ops, which has no dependencies. */
export interface BackfillTarget {
  /** Unique in a backfill: the asset's key, or the job's name. */
  readonly key: string;
  /** Targets of two code locations never share a run. */
  readonly locationName: string;
  /** Null: not partitioned. */
  readonly partitions: PartitionsDefinition | null;
  readonly policy: BackfillPolicy | null;
  /** Assets that it is made from, itself among them when it reads its own earlier partitions. */
  readonly deps: readonly BackfillDependency[];
}

/** A dependency between two assets. */
export interface BackfillDependency {
  readonly key: string;
  readonly mapping: PartitionMapping;
}

/** How far a target is. All are sets of its partitions; a target without partitions is the one thing that it is. */
export interface BackfillProgress {
  /** What the backfill is to make. */
  readonly targeted: PartitionsSubset;
  /** For which runs were launched. */
  readonly requested: PartitionsSubset;
  /** What these made. */
  readonly materialized: PartitionsSubset;
  /** What they did not make although they have ended, and what could not be launched. */
  readonly failed: PartitionsSubset;
}

/** By the key of their target. */
export type BackfillProgresses = ReadonlyMap<string, BackfillProgress>;

/** A backfill of which nothing was launched yet. */
export function startProgress(
  definition: PartitionsDefinition | null,
  targeted: PartitionsSubset,
): BackfillProgress {
  const none = emptySubset(definition);
  return { targeted, requested: none, materialized: none, failed: none };
}

/** The partitions of a target that need any of these partitions of a dependency. */
export function dependentPartitions(
  target: BackfillTarget,
  { mapping }: BackfillDependency,
  upstream: PartitionsDefinition | null,
  subset: PartitionsSubset,
  view: PartitionsView,
): PartitionsSubset {
  if (isEmptySubset(subset)) return emptySubset(target.partitions);
  return mapToDownstream(mapping, { upstream, downstream: target.partitions }, subset, view);
}
