import { ExpectedError } from "@millrace/model/expected-error";

/** What is wrong with one place of a run config. */
export interface RunConfigError {
  /** Such as `ops.flights.config.year`; for a field that is missing or unknown, the object around it; empty for the whole config. */
  readonly path: string;
  /** A sentence that names the place too. */
  readonly message: string;
}

/** A run config that does not match the JSON Schema of its job. */
export class RunConfigInvalid extends ExpectedError {
  readonly code = "run_config_invalid";
  readonly errors: readonly RunConfigError[];
  constructor(jobName: string, errors: readonly RunConfigError[]) {
    super(`The run config does not fit job ${jobName}: ${errors.map(({ message }) => message).join("; ")}`);
    this.errors = errors;
  }
}
