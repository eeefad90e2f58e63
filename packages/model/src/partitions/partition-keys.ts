import { findOwn } from "../find-own.ts";
import {
  isTimePartitions,
  type DynamicKeys,
  type MultiPartitions,
  type PartitionsDefinition,
  type PartitionWindow,
  type SinglePartitions,
} from "./definition.ts";
import { DIMENSION_SEPARATOR, formatMultiKey, listDimensions, splitMultiKey } from "./multi-key.ts";
import { UnknownPartitionKey } from "./partition-errors.ts";
import { windowGrid } from "./window-grid.ts";
import {
  countWindowKeys,
  countWindowKeysInRange,
  getWindowOfKey,
  hasWindowKey,
  listWindowKeysInRange,
  windowKeys,
  windowKeysBackward,
} from "./window-keys.ts";

/*
 * Keys of partitions of any kind. `now` is milliseconds since the epoch and matters for time partitions; `dynamicKeys`
 * matters for dynamic ones. Definitions are expected to be valid (`parsePartitionsDefinition`).
 */

/**
 * All keys that exist at `now`, in order: time partitions oldest first, static ones as declared, dynamic ones as added,
 * multi-dimensional ones with the first dimension by name changing slowest.
 */
export function listPartitionKeys(
  definition: PartitionsDefinition,
  now: number,
  dynamicKeys: DynamicKeys = {},
): string[] {
  return [...partitionKeys(definition, now, dynamicKeys)];
}

/** The keys of `listPartitionKeys`, one by one: take what you need of a million. */
export function partitionKeys(
  definition: PartitionsDefinition,
  now: number,
  dynamicKeys: DynamicKeys = {},
): Iterable<string> {
  if (definition.type === "multi") {
    return products(
      listDimensions(definition).map(
        ([, single]) =>
          () =>
            partitionKeys(single, now, dynamicKeys),
      ),
    );
  }
  if (isTimePartitions(definition)) return windowKeys(windowGrid(definition), now);
  return plainKeys(definition, dynamicKeys);
}

/** The keys of `listPartitionKeys`, one by one, from the last to the first. */
export function partitionKeysBackward(
  definition: PartitionsDefinition,
  now: number,
  dynamicKeys: DynamicKeys = {},
): Iterable<string> {
  if (definition.type === "multi") {
    const dimensions = listDimensions(definition);
    return products(
      dimensions.map(
        ([, single]) =>
          () =>
            partitionKeysBackward(single, now, dynamicKeys),
      ),
    );
  }
  if (isTimePartitions(definition)) return windowKeysBackward(windowGrid(definition), now);
  return plainKeys(definition, dynamicKeys).toReversed();
}

/** How many keys exist at `now`; does not enumerate them. */
export function countPartitionKeys(
  definition: PartitionsDefinition,
  now: number,
  dynamicKeys: DynamicKeys = {},
): number {
  if (definition.type === "multi") {
    const dimensions = Object.values(definition.dimensions);
    return dimensions.reduce((product, single) => product * countPartitionKeys(single, now, dynamicKeys), 1);
  }
  if (isTimePartitions(definition)) return countWindowKeys(windowGrid(definition), now);
  return plainKeys(definition, dynamicKeys).length;
}

/** Whether this key exists at `now`. For many keys, `partitionKeyTest` looks through a list once. */
export function hasPartitionKey(
  definition: PartitionsDefinition,
  key: string,
  now: number,
  dynamicKeys: DynamicKeys = {},
): boolean {
  if (definition.type === "multi" || isTimePartitions(definition))
    return partitionKeyTest(definition, now, dynamicKeys)(key);
  return plainKeys(definition, dynamicKeys).includes(key);
}

/** Says of keys whether they exist at `now`. */
export function partitionKeyTest(
  definition: PartitionsDefinition,
  now: number,
  dynamicKeys: DynamicKeys = {},
): (key: string) => boolean {
  if (definition.type === "multi") {
    const tests = listDimensions(definition).map(([, single]) => partitionKeyTest(single, now, dynamicKeys));
    return (key) => {
      const parts = key.split(DIMENSION_SEPARATOR);
      return parts.length === tests.length && tests.every((test, i) => test(parts[i] ?? ""));
    };
  }
  if (isTimePartitions(definition)) {
    const grid = windowGrid(definition);
    return (key) => hasWindowKey(grid, key, now);
  }
  const keys = new Set(plainKeys(definition, dynamicKeys));
  return (key) => keys.has(key);
}

/**
 * The window of time that a key stands for, whether or not it exists yet; of a multi-dimensional key the window of its
 * time dimension. Null when the definition has no time dimension, or more than one.
 *
 * @throws UnknownPartitionKey when the text is not a key of this definition.
 */
export function findPartitionWindow(definition: PartitionsDefinition, key: string): PartitionWindow | null {
  if (definition.type === "multi") {
    const parts = splitMultiKey(definition, key);
    const timed = listDimensions(definition).flatMap(([, single], i) =>
      isTimePartitions(single) ? [{ single, key: parts[i] ?? "" }] : [],
    );
    const [only, ...others] = timed;
    return only && others.length === 0 ? getWindowOfKey(windowGrid(only.single), only.key) : null;
  }
  return isTimePartitions(definition) ? getWindowOfKey(windowGrid(definition), key) : null;
}

/** Like `findPartitionWindow`, for definitions that have a time dimension. @throws UnknownPartitionKey */
export function getPartitionWindow(definition: PartitionsDefinition, key: string): PartitionWindow {
  const window = findPartitionWindow(definition, key);
  if (!window) throw new UnknownPartitionKey(key, "these partitions are not windows of time");
  return window;
}

/**
 * The keys from `first` to `last`, both included, in order; empty when they are in reverse order. Of multi-dimensional
 * partitions the product of the dimensions' ranges. Time partitions may be in the future.
 *
 * @throws UnknownPartitionKey
 */
export function listPartitionKeysInRange(
  definition: PartitionsDefinition,
  first: string,
  last: string,
  dynamicKeys: DynamicKeys = {},
): string[] {
  if (definition.type === "multi") {
    const from = splitMultiKey(definition, first);
    const to = splitMultiKey(definition, last);
    const ranges = listDimensions(definition).map(([, single], i) =>
      listPartitionKeysInRange(single, from[i] ?? "", to[i] ?? "", dynamicKeys),
    );
    return [...products(ranges.map((range) => () => range))];
  }
  if (isTimePartitions(definition)) return listWindowKeysInRange(windowGrid(definition), first, last);
  const keys = plainKeys(definition, dynamicKeys);
  const [from, to] = placesOf(keys, first, last);
  return keys.slice(from, to + 1);
}

/** How many keys `listPartitionKeysInRange` gives; does not enumerate them. @throws UnknownPartitionKey */
export function countPartitionKeysInRange(
  definition: PartitionsDefinition,
  first: string,
  last: string,
  dynamicKeys: DynamicKeys = {},
): number {
  if (definition.type === "multi") {
    const from = splitMultiKey(definition, first);
    const to = splitMultiKey(definition, last);
    return listDimensions(definition)
      .map(([, single], i) => countPartitionKeysInRange(single, from[i] ?? "", to[i] ?? "", dynamicKeys))
      .reduce((product, count) => product * count, 1);
  }
  if (isTimePartitions(definition)) return countWindowKeysInRange(windowGrid(definition), first, last);
  const [from, to] = placesOf(plainKeys(definition, dynamicKeys), first, last);
  return Math.max(0, to - from + 1);
}

function placesOf(keys: readonly string[], first: string, last: string): [from: number, to: number] {
  const placeOf = (key: string): number => {
    const place = keys.indexOf(key);
    if (place < 0) throw new UnknownPartitionKey(key, "it is not among the keys");
    return place;
  };
  return [placeOf(first), placeOf(last)];
}

/** The keys in which one dimension has this value (which is not checked), in order. */
export function listKeysWithDimensionValue(
  definition: MultiPartitions,
  dimension: string,
  value: string,
  now: number,
  dynamicKeys: DynamicKeys = {},
): string[] {
  if (!(dimension in definition.dimensions)) formatMultiKey(definition, { [dimension]: value });
  const sources = listDimensions(definition).map(
    ([name, single]) =>
      () =>
        name === dimension ? [value] : partitionKeys(single, now, dynamicKeys),
  );
  return [...products(sources)];
}

function plainKeys(
  definition: Exclude<SinglePartitions, { type: "hourly" | "daily" | "weekly" | "monthly" | "cron" }>,
  dynamicKeys: DynamicKeys,
): readonly string[] {
  return definition.type === "static" ? definition.keys : (findOwn(dynamicKeys, definition.name) ?? []);
}

function* products(sources: readonly (() => Iterable<string>)[], prefix = ""): Generator<string, void, void> {
  const [source, ...rest] = sources;
  if (!source) return;
  for (const key of source()) {
    if (rest.length === 0) yield prefix + key;
    else yield* products(rest, prefix + key + DIMENSION_SEPARATOR);
  }
}
