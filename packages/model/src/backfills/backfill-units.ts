import { ExpectedError } from "../expected-error.ts";
import { maxPartitionsPerRun } from "../partitions/backfill-policy.ts";
import type { PartitionsDefinition } from "../partitions/definition.ts";
import type { PartitionMapping } from "../partitions/mappings/mapping.ts";
import { isSamePartitions } from "../partitions/same-definition.ts";
import { isSameSubset, type PartitionsSubset } from "../partitions/subset.ts";
import type { BackfillTarget } from "./backfill-target.ts";

/** Targets that are made in the same runs: each of their partitions needs just the same partition of the others. */
export interface BackfillUnit {
  /** In upstream order; all of them wait for the same partitions. */
  readonly targets: readonly BackfillTarget[];
  readonly partitions: PartitionsDefinition | null;
  /** Partitions that one of its runs may have; Infinity: all that follow each other. */
  readonly maxPartitions: number;
}

/** Assets that depend on each other in a circle: none of them can be made first. */
export class BackfillCircle extends ExpectedError {
  readonly code = "backfill_circle";
}

/**
 * Says which targets of a backfill share runs: those of one code location with the same partitions, of which they wait for the same
 * ones, and the same backfill policy, unless one needs other partitions of another than its own, or something else must be made
 * between them. In upstream order.
 *
 * @param wanted by target, what of it was not launched yet.
 * @throws BackfillCircle
 */
export function groupTargets(
  targets: readonly BackfillTarget[],
  wanted: ReadonlyMap<string, PartitionsSubset>,
): BackfillUnit[] {
  const units: UnitBuilder[] = [];
  const unitOf = new Map<string, UnitBuilder>();
  for (const target of inUpstreamOrder(targets)) {
    const deps = target.deps.filter(({ key }) => unitOf.has(key));
    const mayJoin = (unit: UnitBuilder): boolean =>
      canShareRuns(unit.first, target, wanted) &&
      deps.every(({ key, mapping }) => {
        const other = unitOf.get(key);
        return other === unit ? isOneToOne(mapping) : other === undefined || !isBehind(other, unit);
      });
    const unit = isSelfDependent(target) ? undefined : units.find(mayJoin);
    const joined = unit ?? { first: target, targets: [], deps: new Set() };
    if (unit === undefined) units.push(joined);
    joined.targets.push(target);
    unitOf.set(target.key, joined);
    for (const { key } of deps) {
      const other = unitOf.get(key);
      if (other !== undefined && other !== joined) joined.deps.add(other);
    }
  }
  return unitsInOrder(units).map(({ first, targets: members }) => ({
    targets: members,
    partitions: first.partitions,
    maxPartitions: maxPartitionsPerRun([first.policy]),
  }));
}

/** Whether a target is made from its own earlier partitions, which must be there first. */
export function isSelfDependent({ key, deps }: BackfillTarget): boolean {
  return deps.some((dependency) => dependency.key === key);
}

interface UnitBuilder {
  readonly first: BackfillTarget;
  readonly targets: BackfillTarget[];
  readonly deps: Set<UnitBuilder>;
}

/** Whether a unit needs another one, also by way of others. */
function isBehind(unit: UnitBuilder, other: UnitBuilder): boolean {
  const seen = new Set([unit]);
  for (const each of seen) {
    if (each.deps.has(other)) return true;
    for (const dep of each.deps) seen.add(dep);
  }
  return false;
}

function canShareRuns(
  a: BackfillTarget,
  b: BackfillTarget,
  wanted: ReadonlyMap<string, PartitionsSubset>,
): boolean {
  const [ofA, ofB] = [wanted.get(a.key), wanted.get(b.key)];
  return (
    a.locationName === b.locationName &&
    !isSelfDependent(a) &&
    isSamePartitions(a.partitions, b.partitions) &&
    maxPartitionsPerRun([a.policy]) === maxPartitionsPerRun([b.policy]) &&
    ofA !== undefined &&
    ofB !== undefined &&
    isSameSubset(ofA, ofB)
  );
}

/** Whether each partition needs just the one of its own key, given that both sides have the same partitions. */
function isOneToOne(mapping: PartitionMapping): boolean {
  switch (mapping.type) {
    case "identity":
      return true;
    case "time_window":
      return (mapping.startOffset ?? 0) === 0 && (mapping.endOffset ?? 0) === 0;
    case "multi_to_multi":
      return Object.entries(mapping.dimensions).every(
        ([name, dimension]) => dimension.downstreamDimension === name && isOneToOne(dimension.mapping),
      );
    default:
      return false;
  }
}

/** Targets in the order in which they can be made. @throws BackfillCircle */
export function inUpstreamOrder<T extends BackfillTarget>(targets: readonly T[]): T[] {
  const byKey = new Map(targets.map((target) => [target.key, target]));
  return inOrder(targets, ({ key, deps }) =>
    deps.flatMap((dep) => {
      const target = dep.key === key ? undefined : byKey.get(dep.key);
      return target === undefined ? [] : [target];
    }),
  );
}

function unitsInOrder(units: readonly UnitBuilder[]): UnitBuilder[] {
  return inOrder(units, ({ deps }) => [...deps]);
}

/** What something needs comes before it, else the order stays. @throws BackfillCircle */
function inOrder<T extends { readonly key: string } | UnitBuilder>(
  all: readonly T[],
  needs: (each: T) => readonly T[],
): T[] {
  const open = new Map(all.map((each) => [each, new Set(needs(each))]));
  const neededBy = new Map<T, T[]>(all.map((each) => [each, []]));
  for (const [each, needed] of open) for (const other of needed) neededBy.get(other)?.push(each);
  const ordered = all.filter((each) => open.get(each)?.size === 0);
  for (const each of ordered) {
    for (const next of neededBy.get(each) ?? []) {
      const needed = open.get(next);
      if (needed?.delete(each) && needed.size === 0) ordered.push(next);
    }
  }
  if (ordered.length === all.length) return ordered;
  const left = all
    .filter((each) => !ordered.includes(each))
    .map((each) => ("key" in each ? each.key : each.first.key));
  throw new BackfillCircle(`Assets depend on each other in a circle: ${left.slice(0, 10).join(", ")}`);
}
