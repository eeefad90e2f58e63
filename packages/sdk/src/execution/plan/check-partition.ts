import { findOwn } from "@millrace/model/find-own";
import type {
  DynamicKeys,
  PartitionsDefinition,
  SinglePartitions,
} from "@millrace/model/partitions/definition";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { DIMENSION_SEPARATOR, listDimensions } from "@millrace/model/partitions/multi-key";
import { explainUnknownKey } from "@millrace/model/partitions/explain-unknown-key";
import { hasPartitionKey, listPartitionKeysInRange } from "@millrace/model/partitions/partition-keys";
import { NO_PARTITIONS, type StepPartitions } from "./execution-plan.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";

/** The partitions that a run is asked for, and what decides which ones there are. */
export interface WantedPartitions {
  readonly partitionKey: string | null;
  /** Null: one partition, or none. */
  readonly partitionRange: PartitionKeyRange | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Keys that the deployment knows, as far as the plan needs them. */
  readonly dynamicKeys: DynamicKeys;
}

/**
 * The partitions that a step of a run works on, in order, or null when what it makes has no partitions. The key that a
 * run was launched for is taken as it is when it is dynamic: the control plane has seen to it.
 *
 * @throws InvalidRunRequest when partitions are needed and not given, or do not exist.
 */
export function checkPartitions(
  stepKey: string,
  partitions: PartitionsDefinition | undefined,
  wanted: WantedPartitions,
): readonly string[] | null {
  if (partitions === undefined) return null;
  const { partitionKey, partitionRange, now } = wanted;
  const { dynamicKeys } = withOwnKeys(wanted, [partitions]);
  const ends = partitionRange ? [partitionRange.start, partitionRange.end] : [partitionKey];
  for (const key of ends) {
    if (key === null) {
      throw new InvalidRunRequest(
        "partition_required",
        `Step "${stepKey}" works on a partition: launch the run with a partition key, or a range of them`,
      );
    }
    if (!hasPartitionKey(partitions, key, now, dynamicKeys)) {
      throw new InvalidRunRequest(
        "unknown_partition",
        `"${key}" is not a partition of what step "${stepKey}" makes${explainUnknownKey(partitions, key, now, dynamicKeys) || ": launch the run with one that is"}`,
      );
    }
  }
  if (partitionRange === null) return partitionKey === null ? null : [partitionKey];
  const { start, end } = partitionRange;
  const keys = listPartitionKeysInRange(partitions, start, end, dynamicKeys);
  if (keys.length > 0) return keys;
  throw new InvalidRunRequest(
    "unknown_partition",
    `Partition "${start}" comes after "${end}": name the first one first`,
  );
}

/**
 * What is wanted, where the dynamic keys in the run's own partition are known too: the control plane has seen to them.
 *
 * @param definitions How what the run makes is partitioned.
 */
export function withOwnKeys<W extends Pick<WantedPartitions, "partitionKey" | "dynamicKeys">>(
  wanted: W,
  definitions: Iterable<PartitionsDefinition>,
): W {
  const { partitionKey } = wanted;
  if (partitionKey === null) return wanted;
  let dynamicKeys = wanted.dynamicKeys;
  const add = (single: SinglePartitions, key: string | undefined): void => {
    if (single.type !== "dynamic" || key === undefined) return;
    const known = findOwn(dynamicKeys, single.name) ?? [];
    dynamicKeys = { ...dynamicKeys, [single.name]: [...new Set([...known, key])] };
  };
  for (const definition of new Set(definitions)) {
    if (definition.type !== "multi") {
      add(definition, partitionKey);
      continue;
    }
    const parts = partitionKey.split(DIMENSION_SEPARATOR);
    for (const [i, [, single]] of listDimensions(definition).entries()) add(single, parts[i]);
  }
  return { ...wanted, dynamicKeys };
}

/**
 * The one partition that a graph of ops works on.
 *
 * @throws InvalidRunRequest when it is not given, does not exist, or when several are asked for: ops take one at a time.
 */
export function checkOnePartition(
  what: string,
  partitions: PartitionsDefinition | undefined,
  wanted: WantedPartitions,
): StepPartitions {
  if (partitions === undefined) return NO_PARTITIONS;
  if (wanted.partitionRange !== null) {
    throw new InvalidRunRequest(
      "one_partition_only",
      `"${what}" is made of ops, which work on one partition at a time: launch a run for each`,
    );
  }
  const keys = checkPartitions(what, partitions, wanted);
  return { partitions, partitionKeys: keys, partitionKey: wanted.partitionKey, takesSeveral: false };
}
