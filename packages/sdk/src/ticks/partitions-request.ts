import type { DynamicPartitions } from "@millrace/model/partitions/definition";
import { explainInvalidDynamicKey } from "@millrace/model/partitions/dynamic-key";
import type { PartitionsRequest } from "@millrace/model/runs/work-item";
import { InvalidPartitionKey } from "../partitions/dynamic-partitions-access.ts";
import { TICK } from "./tick-brand.ts";

/** Keys of dynamic partitions that the code of a schedule or sensor wants to be added or deleted. */
export interface RequestedPartitions extends PartitionsRequest {
  readonly [TICK]: "partitions";
}

/**
 * Asks for keys of dynamic partitions to be added, before the runs are launched that the same evaluation asks for. One
 * that is there already keeps its place.
 *
 * @example
 * const incoming = dynamicPartitions("incoming");
 * const rows = asset("rows", { partitions: incoming }, (context) => context.partitionKey);
 * export const newFiles = sensor("new_files", { target: [rows] }, async (context) => {
 *   const found = await listFilesAfter(context.cursor);
 *   context.setCursor(found.at(-1) ?? context.cursor ?? "");
 *   return [addPartitions(incoming, found), ...found.map((partitionKey) => runRequest({ partitionKey }))];
 * });
 *
 * @throws InvalidPartitionKey
 */
export function addPartitions(
  partitions: DynamicPartitions | string,
  keys: readonly string[],
): RequestedPartitions {
  for (const key of keys) {
    const problem = explainInvalidDynamicKey(key);
    if (problem !== null) throw new InvalidPartitionKey(problem);
  }
  return create("add", partitions, keys);
}

/** Asks for keys of dynamic partitions to be deleted; what their assets stored stays. */
export function deletePartitions(
  partitions: DynamicPartitions | string,
  keys: readonly string[],
): RequestedPartitions {
  return create("delete", partitions, keys);
}

function create(
  action: PartitionsRequest["action"],
  partitions: DynamicPartitions | string,
  keys: readonly string[],
): RequestedPartitions {
  const name = typeof partitions === "string" ? partitions : partitions.name;
  return Object.freeze({ [TICK]: "partitions", action, name, keys: [...keys] } as const);
}
