import { isTimePartitions, type MultiPartitions, type SinglePartitions } from "./definition.ts";
import { UnknownPartitionKey } from "./partition-errors.ts";

export const DIMENSION_SEPARATOR = "|";
export const MIN_DIMENSIONS = 2;
export const MAX_DIMENSIONS = 4;

/** The keys of one multi-dimensional partition by dimension name. */
export type KeysByDimension = Readonly<Record<string, string>>;

/** The dimensions in the order of their names, which is the order of keys whatever the order of declaration. */
export function listDimensions(definition: MultiPartitions): [name: string, partitions: SinglePartitions][] {
  return Object.entries(definition.dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The only time dimension if there is exactly one, else the first by name. */
export function primaryDimension(definition: MultiPartitions): string {
  const dimensions = listDimensions(definition);
  const timed = dimensions.filter(([, partitions]) => isTimePartitions(partitions));
  return (timed.length === 1 ? timed : dimensions)[0]?.[0] ?? "";
}

/** The key of a multi-dimensional partition. @throws UnknownPartitionKey when a dimension is missing or unknown. */
export function formatMultiKey(definition: MultiPartitions, keys: KeysByDimension): string {
  const dimensions = listDimensions(definition);
  const unknown = Object.keys(keys).filter((name) => !(name in definition.dimensions));
  const parts = dimensions.map(([name]) => {
    const key = keys[name];
    if (key === undefined || unknown.length > 0) {
      throw new UnknownPartitionKey(
        JSON.stringify(keys),
        `it needs a key for each of ${namesOf(definition)}`,
      );
    }
    return key;
  });
  return parts.join(DIMENSION_SEPARATOR);
}

/** Splits a key by dimension; does not check that the parts exist. @throws UnknownPartitionKey */
export function parseMultiKey(definition: MultiPartitions, key: string): KeysByDimension {
  const parts = splitMultiKey(definition, key);
  return Object.fromEntries(listDimensions(definition).map(([name], i) => [name, parts[i] ?? ""]));
}

/** The parts of a key in the order of dimensions. @throws UnknownPartitionKey */
export function splitMultiKey(definition: MultiPartitions, key: string): string[] {
  const parts = key.split(DIMENSION_SEPARATOR);
  if (parts.length !== Object.keys(definition.dimensions).length) {
    throw new UnknownPartitionKey(
      key,
      `it needs one part for each of ${namesOf(definition)}, joined with "|"`,
    );
  }
  return parts;
}

/**
 * The key that a text says dimension by dimension, such as `region=eu,date=2024-01-01` in any order; any other text is a key as it
 * is. The dimensions need not be known, as their keys stand in the order of their names.
 */
export function toPartitionKey(text: string): string {
  const pairs = text.split(/,(?=[^,=]+=)/).map((part) => part.split(/=(.*)/s, 2));
  const keys = Object.fromEntries(pairs) as KeysByDimension;
  const names = Object.keys(keys).sort();
  const isByDimension =
    names.length >= MIN_DIMENSIONS &&
    names.length <= MAX_DIMENSIONS &&
    names.length === pairs.length &&
    !text.includes(DIMENSION_SEPARATOR) &&
    pairs.every(([name, key]) => name !== "" && key !== undefined);
  return isByDimension ? names.map((name) => keys[name]).join(DIMENSION_SEPARATOR) : text;
}

function namesOf(definition: MultiPartitions): string {
  return listDimensions(definition)
    .map(([name]) => name)
    .join(", ");
}
