import { findOwn } from "../find-own.ts";
import {
  isTimePartitions,
  type DynamicKeys,
  type PartitionsDefinition,
  type PartitionWindow,
  type TimePartitions,
} from "./definition.ts";
import { firstPartitions } from "./first-partitions.ts";
import type { PartitionKeyRange } from "./key-range.ts";
import { subsetOfRange } from "./range-subset.ts";
import { splitIntoRuns } from "./split-into-runs.ts";
import type { KeySubset, PartitionsSubset, WindowSubset } from "./subset.ts";
import { windowGrid, windowsFrom, type WindowGrid } from "./window-grid.ts";
import { keyOfWindowStart } from "./window-keys.ts";

/** The partitions of one run: a range, and the same as a subset. */
export interface TakenRun {
  readonly range: PartitionKeyRange;
  readonly partitions: PartitionsSubset;
}

/**
 * The first runs of those that `splitIntoRuns` would make of a subset: what is behind them is not looked at.
 *
 * @param subset of partitions that exist.
 * @param maxPartitions how many partitions a run may have; Infinity: as many as follow each other.
 * @param maxRuns how many runs are wanted at most.
 */
export function takeRuns(
  definition: PartitionsDefinition,
  subset: PartitionsSubset,
  maxPartitions: number,
  maxRuns: number,
  dynamicKeys: DynamicKeys = {},
): TakenRun[] {
  if (isTimePartitions(definition) && subset.type === "windows")
    return runsOfWindows(definition, subset, maxPartitions).take(maxRuns).toArray();
  if (definition.type !== "multi" && subset.type === "keys") {
    const keys =
      definition.type === "static"
        ? definition.keys
        : isTimePartitions(definition)
          ? []
          : (findOwn(dynamicKeys, definition.name) ?? []);
    return runsOfKeys(keys, subset, maxPartitions).take(maxRuns).toArray();
  }
  const first = firstPartitions(definition, subset, maxRuns * maxPartitions);
  return splitIntoRuns(definition, first, maxPartitions, dynamicKeys)
    .slice(0, maxRuns)
    .map((range) => ({ range, partitions: subsetOfRange(definition, range, dynamicKeys) }));
}

function* runsOfWindows(
  definition: TimePartitions,
  { ranges }: WindowSubset,
  max: number,
): Generator<TakenRun, void, void> {
  const grid = windowGrid(definition);
  let run: PartitionWindow[] = [];
  let count = 0;
  const take = (): TakenRun => ({
    range: {
      start: keyOfWindowStart(grid, run[0]?.start ?? 0),
      end: keyOfWindowStart(grid, lastStart),
    },
    partitions: { type: "windows", ranges: run },
  });
  let lastStart = 0;
  for (const { start, end } of ranges) {
    const before = run.at(-1);
    // Two ranges follow each other when nothing but excluded windows is between them.
    const follows = before !== undefined && grid.excluded && nextStart(grid, before.end) === start;
    if (before !== undefined && !follows) {
      yield take();
      run = [];
      count = 0;
    }
    for (const window of windowsFrom(grid, start)) {
      if (window.start >= end) break;
      if (count === max) {
        yield take();
        run = [];
        count = 0;
      }
      const last = run.at(-1);
      run =
        last?.end === window.start
          ? run.with(run.length - 1, { start: last.start, end: window.end })
          : [...run, window];
      lastStart = window.start;
      count += 1;
    }
  }
  if (run.length > 0) yield take();
}

function nextStart(grid: WindowGrid, from: number): number | undefined {
  return windowsFrom(grid, from).next().value?.start;
}

function* runsOfKeys(
  all: readonly string[],
  { keys }: KeySubset,
  max: number,
): Generator<TakenRun, void, void> {
  let run: string[] = [];
  const take = (): TakenRun => ({
    range: { start: run[0] ?? "", end: run.at(-1) ?? "" },
    partitions: { type: "keys", keys: new Set(run) },
  });
  for (const key of all) {
    const isWanted = keys.has(key);
    if (run.length > 0 && (!isWanted || run.length === max)) {
      yield take();
      run = [];
    }
    if (isWanted) run.push(key);
  }
  if (run.length > 0) yield take();
}
