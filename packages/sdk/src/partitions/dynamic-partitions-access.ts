import type { DynamicPartitions } from "@millrace/model/partitions/definition";
import { explainInvalidDynamicKey } from "@millrace/model/partitions/dynamic-key";
import { ExpectedError } from "@millrace/model/expected-error";
import type { RunInstance } from "../context/run-instance.ts";

/** A text that can't be the key of a partition; the message says why. */
export class InvalidPartitionKey extends ExpectedError {
  readonly code = "invalid_partition_key";
}

/**
 * The keys of dynamic partitions of the deployment, for the code of steps. Partitions are named by their definition or its
 * name. What a step adds is there at once, and stays when the step fails.
 */
export interface DynamicPartitionsAccess {
  /** The present keys, oldest first. */
  list(partitions: DynamicPartitions | string): Promise<readonly string[]>;
  has(partitions: DynamicPartitions | string, key: string): Promise<boolean>;
  /** Adds keys; one that is there already keeps its place. @throws InvalidPartitionKey, and adds none then */
  add(partitions: DynamicPartitions | string, keys: readonly string[]): Promise<void>;
  /** Removes keys; one that is not there is passed over. What their assets stored stays. */
  delete(partitions: DynamicPartitions | string, keys: readonly string[]): Promise<void>;
}

/** The access of a step to the keys that its deployment keeps. */
export function dynamicPartitionsAccess(instance: RunInstance): DynamicPartitionsAccess {
  return {
    list: (partitions) => instance.listDynamicPartitions(nameOf(partitions)),
    has: async (partitions, key) => (await instance.listDynamicPartitions(nameOf(partitions))).includes(key),
    async add(partitions, keys) {
      for (const key of keys) {
        const problem = explainInvalidDynamicKey(key);
        if (problem !== null) throw new InvalidPartitionKey(problem);
      }
      await instance.addDynamicPartitions(nameOf(partitions), keys);
    },
    delete: (partitions, keys) => instance.deleteDynamicPartitions(nameOf(partitions), keys),
  };
}

function nameOf(partitions: DynamicPartitions | string): string {
  return typeof partitions === "string" ? partitions : partitions.name;
}
