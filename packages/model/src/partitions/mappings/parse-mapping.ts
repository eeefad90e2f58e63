import { ExpectedError } from "../../expected-error.ts";
import type { DimensionMapping, PartitionMapping, SingleMapping } from "./mapping.ts";

/** Data that is no partition mapping; the message says what is wrong. */
export class InvalidPartitionMapping extends ExpectedError {
  readonly code = "invalid_partition_mapping";
  constructor(reason: string) {
    super(`Invalid partition mapping: ${reason}`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a mapping from untrusted data: the wire, the database, a user's module. Whether it fits two definitions shows
 * when it is used (`MappingDoesNotFit`).
 *
 * @throws InvalidPartitionMapping
 */
export function parsePartitionMapping(value: unknown): PartitionMapping {
  const fields = readFields(value, "a mapping");
  switch (fields["type"]) {
    case "multi_to_single": {
      const { dimension } = fields;
      return {
        type: "multi_to_single",
        ...(dimension === undefined ? {} : { dimension: readText(dimension) }),
      };
    }
    case "multi_to_multi": {
      const dimensions = Object.entries(readFields(fields["dimensions"], "dimensions"));
      const read = dimensions.map(([name, dimension]) => [name, readDimension(dimension)] as const);
      return { type: "multi_to_multi", dimensions: Object.fromEntries(read) };
    }
    default:
      return readSingle(fields);
  }
}

function readDimension(value: unknown): DimensionMapping {
  const { downstreamDimension, mapping } = readFields(value, "a dimension");
  return {
    downstreamDimension: readText(downstreamDimension),
    mapping: readSingle(readFields(mapping, "a dimension's mapping")),
  };
}

function readSingle(fields: Fields): SingleMapping {
  const { type } = fields;
  switch (type) {
    case "identity":
    case "all":
    case "last":
      return { type };
    case "specific":
      return { type, keys: readTexts(fields["keys"]) };
    case "time_window":
      return {
        type,
        ...readOffset(fields, "startOffset"),
        ...readOffset(fields, "endOffset"),
        allowNonexistentUpstream: fields["allowNonexistentUpstream"] === true,
      };
    case "static": {
      const name = "downstreamKeysByUpstreamKey";
      const read = Object.entries(readFields(fields[name], name)).map(
        ([key, keys]) => [key, typeof keys === "string" ? keys : readTexts(keys)] as const,
      );
      return { type, downstreamKeysByUpstreamKey: Object.fromEntries(read) };
    }
    default:
      throw new InvalidPartitionMapping(`unknown type ${JSON.stringify(type)}`);
  }
}

function readOffset(
  fields: Fields,
  name: "startOffset" | "endOffset",
): { readonly [field in typeof name]?: number } {
  const value = fields[name];
  if (value === undefined) return {};
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new InvalidPartitionMapping(`${name} must be a whole number of windows`);
  }
  return { [name]: value };
}

function readFields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidPartitionMapping(`${what} must be an object`);
  }
  return { ...value };
}

function readText(value: unknown): string {
  if (typeof value !== "string") throw new InvalidPartitionMapping(`${JSON.stringify(value)} must be a text`);
  return value;
}

function readTexts(value: unknown): string[] {
  if (!Array.isArray(value))
    throw new InvalidPartitionMapping(`${JSON.stringify(value)} must be a list of keys`);
  return value.map(readText);
}
