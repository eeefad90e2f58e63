import { ExpectedError } from "@millrace/model/expected-error";

/** A request names a location, job, asset, check, step or partition that is not there, or can't be used in this way. */
export class UnknownDefinition extends ExpectedError {
  readonly code: "unknown_definition" | "partition_required" = "unknown_definition";
}

/** A request names something that is partitioned, and no partition of it. */
export class PartitionRequired extends UnknownDefinition {
  override readonly code = "partition_required";
}
