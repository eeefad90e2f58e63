import { isTimePartitions } from "@millrace/model/partitions/definition";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { subsetOfRange } from "@millrace/model/partitions/range-subset";
import { emptySubset, subsetOfKeys } from "@millrace/model/partitions/subset-keys";
import {
  intersectSubsets,
  subtractSubset,
  unionSubsets,
  type PartitionsSubset,
} from "@millrace/model/partitions/subset";
import type { RunStatus } from "@millrace/model/run-status";
import type { StoredTarget } from "./backfill-store.ts";

/** A run of a backfill whose status has changed, and what it has made by then. */
export interface BackfillRunChange {
  readonly status: RunStatus;
  /** What it was to make: assets, or the job of ops. */
  readonly targetKeys: readonly string[];
  /** Null: nothing in it is partitioned. */
  readonly partitions: { readonly range: PartitionKeyRange; readonly keys: readonly string[] } | null;
  /** For a run that did not succeed, by asset: what it made all the same; null: the asset as a whole. */
  readonly made: ReadonlyMap<string, readonly string[] | null>;
}

/**
 * Notes what became of runs. What a run did not make has failed, until another run of the backfill makes it, or it goes on after
 * all.
 */
export function foldRun(target: StoredTarget, change: BackfillRunChange): StoredTarget {
  const { status, targetKeys, partitions, made } = change;
  if (!targetKeys.includes(target.key)) return target;
  const all = intersectSubsets(subsetOfRun(target, partitions), target.targeted);
  switch (status) {
    case "SUCCESS":
      return noteMade(target, all);
    case "FAILURE":
    case "CANCELED": {
      const some = made.get(target.key);
      const done = some === undefined ? emptySubset(target.partitions) : subsetOf(target, some);
      const rest = subtractSubset(subtractSubset(all, done), target.materialized);
      const noted = noteMade(target, intersectSubsets(done, all));
      return { ...noted, failed: unionSubsets(noted.failed, rest) };
    }
    default:
      return { ...target, failed: subtractSubset(target.failed, all) };
  }
}

function noteMade(target: StoredTarget, made: PartitionsSubset): StoredTarget {
  return {
    ...target,
    materialized: unionSubsets(target.materialized, made),
    failed: subtractSubset(target.failed, made),
  };
}

/** Windows of time are not named one by one: a run may have thousands of them. */
function subsetOfRun(target: StoredTarget, partitions: BackfillRunChange["partitions"]): PartitionsSubset {
  if (partitions === null || target.partitions === null || !isTimePartitions(target.partitions))
    return subsetOf(target, partitions?.keys ?? null);
  return subsetOfRange(target.partitions, partitions.range);
}

function subsetOf({ partitions }: StoredTarget, keys: readonly string[] | null): PartitionsSubset {
  return partitions === null || keys === null
    ? { type: "whole", included: true }
    : subsetOfKeys(partitions, keys);
}
