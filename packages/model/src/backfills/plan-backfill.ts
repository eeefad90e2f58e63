import type { PartitionKeyRange } from "../partitions/key-range.ts";
import { takeRuns } from "../partitions/take-runs.ts";
import { emptySubset, onlyExisting, type PartitionsView } from "../partitions/subset-keys.ts";
import {
  intersectSubsets,
  isEmptySubset,
  isSameSubset,
  subtractSubset,
  unionSubsets,
  type PartitionsSubset,
} from "../partitions/subset.ts";
import {
  dependentPartitions,
  type BackfillProgress,
  type BackfillProgresses,
  type BackfillTarget,
} from "./backfill-target.ts";
import { groupTargets, isSelfDependent, type BackfillUnit } from "./backfill-units.ts";

/** Runs that are looked at for those whose partitions can all be made: what is behind them waits until they have begun. */
const MAX_LOOKED_AT = 1_000;

/** A run that a backfill wants now. */
export interface BackfillRun {
  readonly unit: BackfillUnit;
  /** Null: what it makes is not partitioned. */
  readonly range: PartitionKeyRange | null;
  readonly partitions: PartitionsSubset;
}

/** What a backfill does next. */
export interface BackfillPlan {
  /** In upstream order, then in the order of their partitions. */
  readonly runs: readonly BackfillRun[];
  /** By target: what will not be made, as something that it needs was not. */
  readonly skipped: ReadonlyMap<string, PartitionsSubset>;
  /** `stuck`: there is something to make, nothing is being made, and yet no run can begin. */
  readonly state: "going" | "done" | "stuck";
}

/** How much a backfill may do at once. */
export interface BackfillLimits {
  readonly maxRuns: number;
  /** Whatever policies say. */
  readonly maxPartitionsPerRun: number;
}

/** By target: partitions that are waited for and are not there (any more), so that no run can make them. */
export function listGone(
  targets: readonly BackfillTarget[],
  progresses: BackfillProgresses,
  view: PartitionsView,
): Map<string, PartitionsSubset> {
  const gone = targets.flatMap(({ key, partitions }): [string, PartitionsSubset][] => {
    const waiting = waitingOf(progresses.get(key), partitions);
    const lost = subtractSubset(waiting, onlyExisting(partitions, waiting, view));
    return isEmptySubset(lost) ? [] : [[key, lost]];
  });
  return new Map(gone);
}

/**
 * Decides which runs a backfill launches now: of those that were not launched yet, the ones for which everything is there that the
 * backfill is to make for them.
 *
 * @throws BackfillCircle, MappingDoesNotFit
 */
export function planBackfill(
  targets: readonly BackfillTarget[],
  progresses: BackfillProgresses,
  view: PartitionsView,
  limits: BackfillLimits,
): BackfillPlan {
  const waiting = new Map(
    targets.map(({ key, partitions }) => [key, waitingOf(progresses.get(key), partitions)]),
  );
  // Those that have come equally far go on together.
  const units = groupTargets(targets, waiting);
  const known: Known = { byKey: new Map(targets.map((target) => [target.key, target])), progresses, view };
  const skipped = new Map<string, PartitionsSubset>();
  const runs: BackfillRun[] = [];
  let isWanted = false;
  for (const unit of units) {
    const [first] = unit.targets;
    if (first === undefined) continue;
    const open = waiting.get(first.key) ?? emptySubset(unit.partitions);
    const hopeless = hopelessOf(unit, open, skipped, known);
    for (const { key } of unit.targets) skipped.set(key, hopeless);
    const wanted = subtractSubset(open, hopeless);
    if (isEmptySubset(wanted)) continue;
    isWanted = true;
    if (runs.length < limits.maxRuns) runs.push(...listRuns(unit, wanted, limits, runs.length, known));
  }
  const isBusy = targets.some(
    ({ key, partitions }) => !isEmptySubset(runningOf(progresses.get(key), partitions)),
  );
  const isGoing = isBusy || runs.length > 0;
  return { runs, skipped, state: isGoing ? "going" : isWanted ? "stuck" : "done" };
}

/** What was launched and has not ended. */
export function runningOf(
  progress: BackfillProgress | undefined,
  definition: BackfillTarget["partitions"],
): PartitionsSubset {
  if (progress === undefined) return emptySubset(definition);
  return subtractSubset(subtractSubset(progress.requested, progress.materialized), progress.failed);
}

/** What was not launched yet, and did not turn out to be impossible. */
export function waitingOf(
  progress: BackfillProgress | undefined,
  definition: BackfillTarget["partitions"],
): PartitionsSubset {
  if (progress === undefined) return emptySubset(definition);
  return subtractSubset(subtractSubset(progress.targeted, progress.requested), progress.failed);
}

interface Known {
  readonly byKey: ReadonlyMap<string, BackfillTarget>;
  readonly progresses: BackfillProgresses;
  readonly view: PartitionsView;
}

/** Those of `open` that need something which failed, or which itself needs such. */
function hopelessOf(
  unit: BackfillUnit,
  open: PartitionsSubset,
  skipped: ReadonlyMap<string, PartitionsSubset>,
  known: Known,
): PartitionsSubset {
  const none = emptySubset(unit.partitions);
  let hopeless = intersectSubsets(
    open,
    dependentsOf(unit, known, (key) => {
      const failed = known.progresses.get(key)?.failed ?? null;
      const lacking = skipped.get(key) ?? null;
      return failed && lacking ? unionSubsets(failed, lacking) : (failed ?? lacking);
    }),
  );
  // What needs its own earlier partitions: one after the other.
  for (let added = hopeless; !isEmptySubset(added);) {
    const next = unit.targets.reduce(
      (all, target) => unionSubsets(all, dependentsOnItself(target, added, known)),
      none,
    );
    added = subtractSubset(intersectSubsets(open, next), hopeless);
    hopeless = unionSubsets(hopeless, added);
  }
  return hopeless;
}

/** The runs that can begin now, at most as many as are left. */
function listRuns(
  unit: BackfillUnit,
  wanted: PartitionsSubset,
  { maxRuns, maxPartitionsPerRun }: BackfillLimits,
  planned: number,
  known: Known,
): BackfillRun[] {
  const { partitions } = unit;
  const ready = subtractSubset(
    wanted,
    dependentsOf(unit, known, (key) => unmadeOf(key, known)),
  );
  if (isEmptySubset(ready)) return [];
  if (partitions === null) return [{ unit, range: null, partitions: ready }];
  const max = Math.min(unit.maxPartitions, maxPartitionsPerRun);
  const { dynamicKeys } = known.view;
  const left = maxRuns - planned;
  if (
    unit.maxPartitions === Infinity &&
    !unit.targets.some(isSelfDependent) &&
    !isSameSubset(ready, wanted)
  ) {
    // One run makes what is in a row: it begins when all of that is there.
    return takeRuns(partitions, wanted, max, MAX_LOOKED_AT, dynamicKeys)
      .filter((run) => isEmptySubset(subtractSubset(run.partitions, ready)))
      .slice(0, left)
      .map((run) => ({ unit, ...run }));
  }
  const all = withFollowing(unit, ready, wanted, max, known);
  return takeRuns(partitions, all, max, left, dynamicKeys).map((run) => ({ unit, ...run }));
}

/** What of a target the backfill is to make and has not made. */
function unmadeOf(key: string, { progresses }: Known): PartitionsSubset | null {
  const progress = progresses.get(key);
  return progress ? subtractSubset(progress.targeted, progress.materialized) : null;
}

/** A run of an asset that reads its own earlier partitions makes several of them one after the other, if it may have several. */
function withFollowing(
  unit: BackfillUnit,
  ready: PartitionsSubset,
  wanted: PartitionsSubset,
  max: number,
  known: Known,
): PartitionsSubset {
  const [target, ...others] = unit.targets;
  if (target === undefined || others.length > 0) return ready;
  const blocked = dependentsOf(unit, known, (key) => (key === target.key ? null : unmadeOf(key, known)));
  const free = subtractSubset(wanted, blocked);
  let all = ready;
  let last = ready;
  for (let count = 1; count < max && !isEmptySubset(last); count++) {
    last = subtractSubset(intersectSubsets(free, dependentsOnItself(target, last, known)), all);
    all = unionSubsets(all, last);
  }
  return all;
}

/** What of a unit needs something of what `lackingOf` says of its dependencies, itself among them, that it does not make along. */
function dependentsOf(
  { targets, partitions }: BackfillUnit,
  { byKey, view }: Known,
  lackingOf: (key: string) => PartitionsSubset | null,
): PartitionsSubset {
  const members = new Set(targets.map(({ key }) => key));
  let dependents = emptySubset(partitions);
  for (const target of targets) {
    for (const dep of target.deps) {
      const upstream = byKey.get(dep.key);
      const lacking =
        upstream && (dep.key === target.key || !members.has(dep.key)) ? lackingOf(dep.key) : null;
      if (!upstream || !lacking) continue;
      dependents = unionSubsets(
        dependents,
        dependentPartitions(target, dep, upstream.partitions, lacking, view),
      );
    }
  }
  return dependents;
}

function dependentsOnItself(
  target: BackfillTarget,
  subset: PartitionsSubset,
  { view }: Known,
): PartitionsSubset {
  return target.deps
    .filter(({ key }) => key === target.key)
    .map((dep) => dependentPartitions(target, dep, target.partitions, subset, view))
    .reduce(unionSubsets, emptySubset(target.partitions));
}
