import type { PartitionsDefinition } from "./definition.ts";
import { UnknownPartitionKey } from "./partition-errors.ts";
import { subsetOfKeys } from "./subset-keys.ts";
import type { PartitionsSubset } from "./subset.ts";

/** The subset of keys; those that the definition does not have (any more) are left out. */
export function knownKeys(partitions: PartitionsDefinition, keys: readonly string[]): PartitionsSubset {
  try {
    return subsetOfKeys(partitions, keys);
  } catch (error) {
    if (!(error instanceof UnknownPartitionKey)) throw error;
    return subsetOfKeys(
      partitions,
      keys.filter((key) => isKey(partitions, key)),
    );
  }
}

function isKey(partitions: PartitionsDefinition, key: string): boolean {
  try {
    subsetOfKeys(partitions, [key]);
    return true;
  } catch (error) {
    if (error instanceof UnknownPartitionKey) return false;
    throw error;
  }
}
