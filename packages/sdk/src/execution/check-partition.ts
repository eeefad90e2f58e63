import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { hasPartitionKey } from "@millrace/model/partitions/partition-keys";
import { InvalidRunRequest } from "./invalid-run-request.ts";
import { dynamicKeysIn } from "./partition-inputs.ts";

/**
 * The partition that a step of a run works on, or null when what it makes has no partitions. Whether the key of a
 * dynamic partition exists is for the control plane to know: it is taken as it is.
 *
 * @throws InvalidRunRequest when a partition is needed and not given, or does not exist.
 */
export function checkPartition(
  stepKey: string,
  partitions: PartitionsDefinition | undefined,
  partitionKey: string | null,
  now: number,
): string | null {
  if (partitions === undefined) return null;
  if (partitionKey === null) {
    throw new InvalidRunRequest(
      "partition_required",
      `Step "${stepKey}" needs a partition: the run must name one`,
    );
  }
  if (!hasPartitionKey(partitions, partitionKey, now, dynamicKeysIn([partitions], partitionKey))) {
    throw new InvalidRunRequest(
      "unknown_partition",
      `"${partitionKey}" is not a partition of what step "${stepKey}" makes`,
    );
  }
  return partitionKey;
}
