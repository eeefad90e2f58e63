import { findOwn } from "../find-own.ts";
import {
  isTimePartitions,
  type DynamicPartitions,
  type PartitionsDefinition,
  type SinglePartitions,
  type StaticPartitions,
  type TimePartitions,
} from "./definition.ts";
import { DIMENSION_SEPARATOR, listDimensions } from "./multi-key.ts";
import { existingWindows, isExcluded, windowGrid, windowsBackFrom } from "./window-grid.ts";
import { findWindowOfKey, keyOfWindowStart } from "./window-keys.ts";
import { numberOfWindow, windowStartOf } from "./window-numbers.ts";

/*
 * Each partition of a definition has a place, made of numbers, that stays what it is while partitions are added: sets of
 * partitions are kept as bitmaps over places, and pages go through them without making the keys between.
 */

/** Where a partition stands. Partitions of one row are numbered from 0 on; only several open dimensions make several rows. */
export interface PartitionPlace {
  /** The numbers in all open dimensions (of time, or dynamic) but the last, joined with commas. */
  readonly row: string;
  /** The number in the last open dimension, times the product of the static ones' sizes, plus the position in these. */
  readonly number: number;
}

/** A partition that exists. */
export interface PlacedPartition {
  readonly key: string;
  readonly place: PartitionPlace;
}

/** The present keys of one name's dynamic partitions, oldest first, and the numbers they were given, which rise. */
export interface NumberedKeys {
  readonly keys: readonly string[];
  readonly numbers: readonly number[];
}

/** By name; a name that is absent has no keys. */
export type DynamicNumbers = Readonly<Record<string, NumberedKeys>>;

/** The place of a key, whether or not the partition exists yet. Null: the definition has no such key. */
export function findPartitionPlace(
  definition: PartitionsDefinition,
  key: string,
  dynamic: DynamicNumbers,
): PartitionPlace | null {
  const layout = layoutOf(definition);
  const parts = definition.type === "multi" ? key.split(DIMENSION_SEPARATOR) : [key];
  if (parts.length !== layout.dimensions) return null;
  const open: number[] = [];
  for (const { single, index } of layout.open) {
    const number = numberOf(single, parts[index] ?? "", dynamic);
    if (number === null) return null;
    open.push(number);
  }
  let position = 0;
  for (const { places, index } of layout.fixed) {
    const number = places.get(parts[index] ?? "");
    if (number === undefined) return null;
    position = position * places.size + number;
  }
  return toPlace(layout, open, position);
}

/**
 * The partitions that exist at `now` in the reverse order of their places: the newest first, by time before all else.
 *
 * @param from begins with the partition at this place, or with the next one that exists. Null: the last.
 */
export function* partitionsBackFrom(
  definition: PartitionsDefinition,
  from: PartitionPlace | null,
  now: number,
  dynamic: DynamicNumbers,
): Generator<PlacedPartition, void, void> {
  const layout = layoutOf(definition);
  const bounds = from === null ? null : splitPlace(layout, from);
  const parts = Array<string>(layout.dimensions).fill("");
  const numbers: number[] = [];
  yield* descend(0, bounds !== null);

  function* descend(level: number, isBound: boolean): Generator<PlacedPartition, void, void> {
    const bound = isBound ? (bounds?.[level] ?? null) : null;
    const dimension = layout.open[level];
    if (dimension === undefined) {
      for (let position = Math.min(bound ?? Infinity, layout.size - 1); position >= 0; position--) {
        writeFixed(layout, position, parts);
        yield { key: parts.join(DIMENSION_SEPARATOR), place: toPlace(layout, numbers, position) };
      }
      return;
    }
    for (const { key, number } of numberedBackFrom(dimension.single, bound, now, dynamic)) {
      parts[dimension.index] = key;
      numbers[level] = number;
      yield* descend(level + 1, isBound && number === bound);
    }
  }
}

/**
 * The first number of a row from which on nothing exists at `now`, or Infinity where only the keys that there are have numbers.
 * Null: nothing of the row exists (yet).
 */
export function endOfRow(definition: PartitionsDefinition, row: string, now: number): number | null {
  const layout = layoutOf(definition);
  const outer = row === "" ? [] : row.split(",").map(Number);
  for (const [level, number] of outer.entries()) {
    const single = layout.open[level]?.single;
    if (single === undefined || number >= endOf(single, now)) return null;
  }
  const last = layout.open.at(-1);
  return last === undefined ? layout.size : endOf(last.single, now) * layout.size;
}

type OpenPartitions = TimePartitions | DynamicPartitions;

interface Layout {
  readonly dimensions: number;
  /** Dimensions of time by name, then dynamic ones by name; `index`: which part of a key is theirs. */
  readonly open: readonly { readonly single: OpenPartitions; readonly index: number }[];
  readonly fixed: readonly {
    readonly keys: readonly string[];
    readonly places: ReadonlyMap<string, number>;
    readonly index: number;
  }[];
  /** The product of the static dimensions' sizes. */
  readonly size: number;
}

const layouts = new WeakMap<PartitionsDefinition, Layout>();

function layoutOf(definition: PartitionsDefinition): Layout {
  let layout = layouts.get(definition);
  if (!layout) layouts.set(definition, (layout = createLayout(definition)));
  return layout;
}

function createLayout(definition: PartitionsDefinition): Layout {
  const singles: readonly SinglePartitions[] =
    definition.type === "multi" ? listDimensions(definition).map(([, single]) => single) : [definition];
  const timed = singles.flatMap((single, index) => (isTimePartitions(single) ? [{ single, index }] : []));
  const dynamic = singles.flatMap((single, index) => (single.type === "dynamic" ? [{ single, index }] : []));
  const fixed = singles.flatMap((single, index) =>
    single.type === "static" ? [fixedOf(single, index)] : [],
  );
  return {
    dimensions: singles.length,
    open: [...timed, ...dynamic],
    fixed,
    size: fixed.reduce((product, { keys }) => product * keys.length, 1),
  };
}

function fixedOf({ keys }: StaticPartitions, index: number): Layout["fixed"][number] {
  return { keys, places: new Map(keys.map((key, place) => [key, place])), index };
}

function toPlace(layout: Layout, open: readonly number[], position: number): PartitionPlace {
  const last = layout.open.length === 0 ? 0 : (open[layout.open.length - 1] ?? 0);
  return {
    row: open.slice(0, Math.max(0, layout.open.length - 1)).join(","),
    number: last * layout.size + position,
  };
}

/** The numbers of a place, one a level: the open dimensions in their order, then the position in the static ones. */
function splitPlace(layout: Layout, { row, number }: PartitionPlace): number[] {
  const outer = row === "" ? [] : row.split(",").map(Number);
  if (layout.open.length === 0) return [number];
  return [...outer, Math.floor(number / layout.size), number % layout.size];
}

function writeFixed(layout: Layout, position: number, parts: string[]): void {
  let rest = position;
  for (const { keys, index } of layout.fixed.toReversed()) {
    parts[index] = keys[rest % keys.length] ?? "";
    rest = Math.floor(rest / keys.length);
  }
}

function numberOf(single: OpenPartitions, key: string, dynamic: DynamicNumbers): number | null {
  if (single.type === "dynamic") {
    const known = dynamic[single.name];
    return known === undefined ? null : (numbersByKey(known).get(key) ?? null);
  }
  const grid = windowGrid(single);
  const window = findWindowOfKey(grid, key);
  if (window === null || window.start < grid.start || isExcluded(grid, window.start)) return null;
  return numberOfWindow(grid, window.start);
}

const byKey = new WeakMap<NumberedKeys, ReadonlyMap<string, number>>();

function numbersByKey(known: NumberedKeys): ReadonlyMap<string, number> {
  let map = byKey.get(known);
  if (!map) byKey.set(known, (map = new Map(known.keys.map((key, i) => [key, known.numbers[i] ?? 0]))));
  return map;
}

function* numberedBackFrom(
  single: OpenPartitions,
  bound: number | null,
  now: number,
  dynamic: DynamicNumbers,
): Generator<{ readonly key: string; readonly number: number }, void, void> {
  if (single.type === "dynamic") {
    const { keys, numbers } = findOwn(dynamic, single.name) ?? { keys: [], numbers: [] };
    const last = bound === null ? keys.length - 1 : numbers.findLastIndex((number) => number <= bound);
    for (let i = last; i >= 0; i--) yield { key: keys[i] ?? "", number: numbers[i] ?? 0 };
    return;
  }
  const grid = windowGrid(single);
  const existing = existingWindows(grid, now);
  if (existing === null) return;
  if (bound !== null && bound < 0) return;
  const from = bound === null ? null : windowStartOf(grid, bound, existing.end);
  let known: number | null = null;
  for (const { start } of windowsBackFrom(grid, from ?? existing.end - 1)) {
    if (start < existing.start) return;
    // With exclusions, numbers between two windows may be skipped.
    const number: number = known === null || grid.excluded ? numberOfWindow(grid, start) : known - 1;
    known = number;
    yield { key: keyOfWindowStart(grid, start), number };
  }
}

function endOf(single: OpenPartitions, now: number): number {
  if (single.type === "dynamic") return Infinity;
  const grid = windowGrid(single);
  const existing = existingWindows(grid, now);
  return existing === null ? 0 : numberOfWindow(grid, existing.last.start) + 1;
}
