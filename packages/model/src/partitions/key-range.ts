import { ExpectedError } from "../expected-error.ts";

/** Partitions from one key to another, both included, in the order of their definition. */
export interface PartitionKeyRange {
  readonly start: string;
  readonly end: string;
}

/** A range of partition keys that can't be read; the message says what it must be. */
export class InvalidPartitionKeyRange extends ExpectedError {
  readonly code = "invalid_partition_key_range";
}

/**
 * Reads a range from untrusted JSON. Nothing at all: null.
 *
 * @throws InvalidPartitionKeyRange
 */
export function parsePartitionKeyRange(value: unknown): PartitionKeyRange | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "object" && "start" in value && "end" in value) {
    const { start, end } = value;
    if (typeof start === "string" && typeof end === "string") return { start, end };
  }
  throw new InvalidPartitionKeyRange(
    "A range of partitions must be an object with the texts `start` and `end`",
  );
}
