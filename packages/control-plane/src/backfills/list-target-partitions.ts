import { subsetKeys } from "@millrace/model/partitions/subset-keys";
import { subtractSubset, type PartitionsSubset } from "@millrace/model/partitions/subset";
import { runningOf, waitingOf } from "@millrace/model/backfills/plan-backfill";
import type { StoredTarget } from "./backfill-store.ts";

/** How a partition of a backfill stands. */
export const BACKFILL_PARTITION_STATES = ["WAITING", "RUNNING", "MATERIALIZED", "FAILED", "SKIPPED"] as const;
export type BackfillPartitionState = (typeof BACKFILL_PARTITION_STATES)[number];

/** Some keys in the order of the definition; the next page begins at `cursor`, null: there are no more. */
export interface TargetPartitionPage {
  readonly keys: readonly string[];
  readonly cursor: number | null;
}

/** One page of those partitions of a target that stand so. */
export function listTargetPartitions(
  target: StoredTarget,
  state: BackfillPartitionState,
  from: number,
  limit: number,
): TargetPartitionPage {
  const keys = subsetKeys(target.partitions, partitionsIn(target, state))
    .drop(from)
    .take(limit + 1)
    .toArray();
  return { keys: keys.slice(0, limit), cursor: keys.length > limit ? from + limit : null };
}

function partitionsIn(target: StoredTarget, state: BackfillPartitionState): PartitionsSubset {
  switch (state) {
    case "WAITING":
      return subtractSubset(waitingOf(target, target.partitions), target.skipped);
    case "RUNNING":
      return runningOf(target, target.partitions);
    case "MATERIALIZED":
      return target.materialized;
    case "FAILED":
      return target.failed;
    case "SKIPPED":
      return target.skipped;
  }
}
