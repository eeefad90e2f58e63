import {
  isTimePartitions,
  type DynamicKeys,
  type PartitionsDefinition,
  type SinglePartitions,
} from "@millrace/model/partitions/definition";
import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { DIMENSION_SEPARATOR, listDimensions } from "@millrace/model/partitions/multi-key";
import {
  countPartitionKeysInRange,
  partitionKeys,
  partitionKeysBackward,
  partitionKeyTest,
} from "@millrace/model/partitions/partition-keys";

/** One list of keys to choose from: partitions with several dimensions have several. */
export interface ChoiceDimension {
  /** Null: the only one. */
  readonly name: string | null;
  /** Latest first, or as declared for those that have no order in time. */
  readonly keys: readonly string[];
  /** The first of all, where there are more than are offered, and how many there are from it to the first that is offered. */
  readonly earlier: { readonly first: string; readonly count: number } | null;
  /** The dynamic partitions that one can add keys to; null: the keys are what they are. */
  readonly dynamicName: string | null;
  /** Whether the first of `keys` is what most launches are for. */
  readonly latestFirst: boolean;
}

/** One partition, a range of them in one run, or a range as the runs that the assets' backfill policies ask for. */
export type PartitionMode = "one" | "range" | "runs";

/** What somebody has chosen so far, by dimension; `to` counts for a range only. */
export interface PartitionChoice {
  readonly mode: PartitionMode;
  readonly from: readonly (string | null)[];
  readonly to: readonly (string | null)[];
}

/** What a launch says about partitions; both null: nothing in it is partitioned. */
export interface ChosenPartitions {
  readonly partitionKey: string | null;
  readonly partitionRange: PartitionKeyRange | null;
}

/** More keys than this are not offered one by one; of older ones the first is, for a range of all. */
const MAX_KEYS = 20_000;

/**
 * The dimensions of what would run.
 *
 * @param partitions all the different partitions in it: only keys that each of them has are offered.
 * @param now milliseconds since the epoch.
 */
export function listChoiceDimensions(
  partitions: readonly PartitionsDefinition[],
  now: number,
  dynamicKeys: DynamicKeys,
): ChoiceDimension[] {
  const [definition, ...others] = partitions;
  if (definition === undefined) return [];
  if (definition.type === "multi") {
    return listDimensions(definition).map(([name, single]) => readDimension(name, single, now, dynamicKeys));
  }
  const tests = others.map((other) => partitionKeyTest(other, now, dynamicKeys));
  return [readDimension(null, definition, now, dynamicKeys, (key) => tests.every((test) => test(key)))];
}

function readDimension(
  name: string | null,
  partitions: SinglePartitions,
  now: number,
  dynamicKeys: DynamicKeys,
  isOffered: (key: string) => boolean = () => true,
): ChoiceDimension {
  const listed =
    partitions.type === "static"
      ? partitions.keys
      : [...take(partitionKeysBackward(partitions, now, dynamicKeys), MAX_KEYS)];
  const first =
    listed.length < MAX_KEYS ? null : find(partitionKeys(partitions, now, dynamicKeys), isOffered);
  const earliest = listed.at(-1);
  const count =
    first === null || earliest === undefined || partitions.type === "static"
      ? 0
      : countPartitionKeysInRange(partitions, first, earliest, dynamicKeys) - 1;
  return {
    name,
    keys: listed.filter(isOffered),
    earlier: first !== null && count > 0 ? { first, count } : null,
    dynamicName: partitions.type === "dynamic" ? partitions.name : null,
    latestFirst: isTimePartitions(partitions),
  };
}

function find(keys: Iterable<string>, test: (key: string) => boolean): string | null {
  for (const key of keys) if (test(key)) return key;
  return null;
}

function* take(keys: Iterable<string>, count: number): Generator<string, void, void> {
  if (count === 0) return;
  let taken = 0;
  for (const key of keys) {
    yield key;
    if (++taken === count) return;
  }
}

/** The names of the dynamic partitions among them. */
export function listUsedDynamicNames(partitions: readonly PartitionsDefinition[]): string[] {
  return [...new Set(partitions.flatMap(dynamicNamesOf))];
}

/** Begins with the latest partition where time orders them; elsewhere somebody has to say. */
export function startChoice(dimensions: readonly ChoiceDimension[]): PartitionChoice {
  const from = dimensions.map(({ keys, latestFirst }) => (latestFirst ? (keys[0] ?? null) : null));
  return { mode: "one", from, to: from };
}

/** A choice with the key of one dimension changed. */
export function chooseKey(
  choice: PartitionChoice,
  end: "from" | "to",
  dimension: number,
  key: string | null,
): PartitionChoice {
  const changed = choice[end].with(dimension, key);
  // One partition is a range of one: switching to ranges goes on from it.
  return choice.mode === "one" ? { ...choice, from: changed, to: changed } : { ...choice, [end]: changed };
}

/** Everything there is, as a range. */
export function chooseAll(
  dimensions: readonly ChoiceDimension[],
  mode: Exclude<PartitionMode, "one">,
): PartitionChoice {
  const ends = dimensions.map((dimension) => {
    const keys = inOrder(dimension);
    return [dimension.earlier?.first ?? keys[0] ?? null, keys.at(-1) ?? null] as const;
  });
  return { mode, from: ends.map(([first]) => first), to: ends.map(([, last]) => last) };
}

/** How many partitions were chosen; null when something is missing, 0 when a range ends before it begins. */
export function countChosen(dimensions: readonly ChoiceDimension[], choice: PartitionChoice): number | null {
  let count = 1;
  for (const [index, dimension] of dimensions.entries()) {
    const keys = inOrder(dimension);
    const from = choice.from[index] ?? null;
    const to = (choice.mode === "one" ? from : choice.to[index]) ?? null;
    if (from === null || to === null) return null;
    const { earlier } = dimension;
    const placeOf = (key: string): number => (key === earlier?.first ? -earlier.count : keys.indexOf(key));
    count *= Math.max(0, placeOf(to) - placeOf(from) + 1);
  }
  return count;
}

function inOrder({ keys, latestFirst, dynamicName }: ChoiceDimension): readonly string[] {
  return latestFirst || dynamicName !== null ? keys.toReversed() : keys;
}

/** What the launch says; null while the choice is not complete. */
export function toPartitions(
  dimensions: readonly ChoiceDimension[],
  choice: PartitionChoice,
): ChosenPartitions | null {
  if (dimensions.length === 0) return { partitionKey: null, partitionRange: null };
  if (!countChosen(dimensions, choice)) return null;
  const start = choice.from.join(DIMENSION_SEPARATOR);
  const end = choice.to.join(DIMENSION_SEPARATOR);
  return choice.mode === "one"
    ? { partitionKey: start, partitionRange: null }
    : { partitionKey: null, partitionRange: { start, end } };
}
