import type { PartitionsView } from "../partitions/subset-keys.ts";
import { emptySubset } from "../partitions/subset-keys.ts";
import { unionSubsets, type PartitionsSubset } from "../partitions/subset.ts";
import { dependentPartitions, type BackfillTarget } from "./backfill-target.ts";

/**
 * Says which partitions of each target a backfill makes: those that are asked for; of a target of which nothing is said, those that are
 * made from them.
 *
 * @param targets in upstream order.
 * @param askedOf what is asked for of a target; null: nothing is said.
 * @param onUnsaid makes the error for a target of which nothing is said and that is made from none of the others.
 * @throws MappingDoesNotFit
 */
export function followPartitions<Target extends BackfillTarget>(
  targets: readonly Target[],
  askedOf: (target: Target) => PartitionsSubset | null,
  view: PartitionsView,
  onUnsaid: (target: Target) => Error,
): Map<string, PartitionsSubset> {
  const byKey = new Map(targets.map((target) => [target.key, target]));
  const chosen = new Map<string, PartitionsSubset>();
  for (const target of targets) {
    const asked = target.partitions === null ? ({ type: "whole", included: true } as const) : askedOf(target);
    const upstream = target.deps.flatMap((dep) => {
      const other = byKey.get(dep.key);
      return other?.partitions && other !== target ? [{ dep, other }] : [];
    });
    if (asked === null && upstream.length === 0) throw onUnsaid(target);
    const following = upstream.map(({ dep, other: { key, partitions } }) =>
      dependentPartitions(target, dep, partitions, chosen.get(key) ?? emptySubset(partitions), view),
    );
    chosen.set(target.key, asked ?? following.reduce(unionSubsets, emptySubset(target.partitions)));
  }
  return chosen;
}
