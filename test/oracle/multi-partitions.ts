import type { MultiPartitions } from "@millrace/model/partitions/definition";
import {
  formatMultiKey,
  listDimensions,
  parseMultiKey,
  primaryDimension,
  type KeysByDimension,
} from "@millrace/model/partitions/multi-key";
import { parsePartitionsDefinition, validateStaticKeys } from "@millrace/model/partitions/parse-definition";
import {
  countPartitionKeys,
  getPartitionWindow,
  hasPartitionKey,
  listKeysWithDimensionValue,
  listPartitionKeys,
  listPartitionKeysInRange,
  partitionKeys,
  partitionKeysBackward,
} from "@millrace/model/partitions/partition-keys";
import { dynamicKeysOf, formatWindow, orError, toDefinition, type VectorDefinition } from "./definitions.ts";

interface MultiQuery {
  readonly op: string;
  readonly key: string;
  readonly limit: number;
  readonly by_dimension: KeysByDimension;
  readonly dimension: string;
  readonly value: string;
  readonly first: string;
  readonly last: string;
}

interface MultiCase {
  readonly kind: "queries" | "construct" | "static_keys";
  readonly dimensions: Readonly<Record<string, VectorDefinition>>;
  readonly now: string;
  readonly keys: readonly string[];
  readonly queries: readonly MultiQuery[];
}

export function runCase(testCase: unknown): unknown {
  const { kind, dimensions, now, keys, queries } = testCase as MultiCase;
  if (kind === "static_keys") {
    validateStaticKeys(keys);
    return { ok: true };
  }
  if (kind === "construct") {
    // The vectors ask "is this pair allowed". Ours may have up to four dimensions, so that it is a pair is asked here.
    if (Object.keys(dimensions).length > 2) throw new Error("not a pair of dimensions");
    parseMulti(dimensions);
    return { ok: true };
  }
  return queries.map((query) => orError(() => answer(dimensions, Date.parse(now), query)));
}

function answer(dimensions: MultiCase["dimensions"], now: number, query: MultiQuery): unknown {
  const definition = parseMulti(dimensions);
  const dynamicKeys = dynamicKeysOf(Object.values(dimensions));
  switch (query.op) {
    case "dimension_order":
      return listDimensions(definition).map(([name]) => name);
    case "primary_dimension":
      return primaryDimension(definition);
    case "count":
      return countPartitionKeys(definition, now, dynamicKeys);
    case "keys":
      return listPartitionKeys(definition, now, dynamicKeys);
    case "first_keys":
      return Iterator.from(partitionKeys(definition, now, dynamicKeys))
        .take(query.limit)
        .toArray();
    case "last_keys":
      return Iterator.from(partitionKeysBackward(definition, now, dynamicKeys))
        .take(query.limit)
        .toArray()
        .toReversed();
    case "parse":
      return parseMultiKey(definition, query.key);
    case "compose":
      return formatMultiKey(definition, query.by_dimension);
    case "has_key":
      return hasPartitionKey(definition, query.key, now, dynamicKeys);
    case "keys_with_dimension_value":
      return listKeysWithDimensionValue(definition, query.dimension, query.value, now, dynamicKeys);
    case "keys_in_range":
      return listPartitionKeysInRange(definition, query.first, query.last, dynamicKeys);
    case "time_window_of_key":
      return formatWindow(getPartitionWindow(definition, query.key));
    default:
      throw new Error(`Unknown query ${query.op}`);
  }
}

function parseMulti(dimensions: MultiCase["dimensions"]): MultiPartitions {
  return parsePartitionsDefinition(toDefinition({ type: "multi", dimensions })) as MultiPartitions;
}
