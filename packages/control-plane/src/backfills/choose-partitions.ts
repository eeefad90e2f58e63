import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { followPartitions } from "@millrace/model/backfills/follow-partitions";
import { subsetOfRange } from "@millrace/model/partitions/range-subset";
import { isSamePartitions } from "@millrace/model/partitions/same-definition";
import {
  emptySubset,
  existingSubset,
  onlyExisting,
  subsetKeys,
  type PartitionsView,
} from "@millrace/model/partitions/subset-keys";
import {
  isEmptySubset,
  subtractSubset,
  unionSubsets,
  type PartitionsSubset,
} from "@millrace/model/partitions/subset";
import { BadRequest } from "../api/bad-request.ts";
import { requirePartition } from "../partitions/require-partition.ts";
import { orUnknownDefinition } from "../runs/launch/or-unknown-definition.ts";
import type { DefinedTarget } from "./read-targets.ts";

/** Which partitions a backfill is asked to make. */
export interface WantedPartitions {
  /** Of what is partitioned first, in upstream order, and all that is partitioned like it. Null: all that there are. */
  readonly ranges: readonly PartitionKeyRange[] | null;
  /** Of single assets, in place of that. */
  readonly ofAssets: ReadonlyMap<string, readonly PartitionKeyRange[]>;
}

/**
 * Says which partitions of each target a backfill makes: those that are asked for; of an asset that is partitioned in another way,
 * those that are made from them.
 *
 * @param targets in upstream order.
 * @throws UnknownDefinition when a partition is not there.
 * @throws BadRequest when nothing says what is wanted of an asset.
 */
export function choosePartitions(
  targets: readonly DefinedTarget[],
  wanted: WantedPartitions,
  view: PartitionsView,
): Map<string, PartitionsSubset> {
  const anchor = targets.find(({ key, partitions }) => partitions !== null && !wanted.ofAssets.has(key));
  return followPartitions(
    targets,
    (target) => {
      const { key, partitions } = target;
      if (partitions === null) return null;
      const own = wanted.ofAssets.get(key);
      if (own !== undefined) return unionOfRanges(target, partitions, own, view);
      if (wanted.ranges === null) return existingSubset(partitions, view);
      return isSamePartitions(partitions, anchor?.partitions ?? null)
        ? unionOfRanges(target, partitions, wanted.ranges, view)
        : null;
    },
    view,
    ({ key }) =>
      new BadRequest(
        `"${key}" is not partitioned like "${anchor?.key}", nor made from it: say in \`assetPartitions\` which of its partitions to make`,
      ),
  );
}

function unionOfRanges(
  { key }: DefinedTarget,
  partitions: PartitionsDefinition,
  ranges: readonly PartitionKeyRange[],
  view: PartitionsView,
): PartitionsSubset {
  return ranges
    .map((range) => {
      const subset = orUnknownDefinition(() => subsetOfRange(partitions, range, view.dynamicKeys));
      if (isEmptySubset(subset))
        throw new BadRequest(
          `Partition "${range.start}" of "${key}" comes after "${range.end}": give the first one as \`start\``,
        );
      const lacking = subtractSubset(subset, onlyExisting(partitions, subset, view));
      const [first] = subsetKeys(partitions, lacking);
      if (first !== undefined) requirePartition(`"${key}"`, partitions, first, view);
      return subset;
    })
    .reduce(unionSubsets, emptySubset(partitions));
}
