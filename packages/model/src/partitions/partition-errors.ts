import { ExpectedError } from "../expected-error.ts";

/** A partitions definition that can not work; the message says which field and why. */
export class InvalidPartitionsDefinition extends ExpectedError {
  readonly code = "invalid_partitions_definition";
  constructor(reason: string, options?: ErrorOptions) {
    super(`Invalid partitions definition: ${reason}`, options);
  }
}

/** A key that no partition of the definition has or can have. */
export class UnknownPartitionKey extends ExpectedError {
  readonly code = "unknown_partition_key";
  readonly key: string;
  constructor(key: string, reason: string) {
    super(`There is no partition "${key}": ${reason}`);
    this.key = key;
  }
}
