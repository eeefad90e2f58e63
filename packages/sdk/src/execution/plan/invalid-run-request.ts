import { ExpectedError } from "@millrace/model/expected-error";

/** What can be wrong with a request to run something. */
export type InvalidRunRequestCode =
  | "unknown_job"
  | "unknown_asset"
  | "unknown_check"
  | "unknown_step"
  | "empty_run"
  | "invalid_config"
  | "partition_required"
  | "unknown_partition"
  | "one_partition_only"
  | "too_many_partitions"
  | "too_many_runs";

/** A run was asked for that the definitions do not allow. */
export class InvalidRunRequest extends ExpectedError {
  readonly code: InvalidRunRequestCode;

  constructor(code: InvalidRunRequestCode, message: string) {
    super(message);
    this.name = "InvalidRunRequest";
    this.code = code;
  }
}
