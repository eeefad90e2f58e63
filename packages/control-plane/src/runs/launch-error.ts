import { ExpectedError } from "@millrace/model/expected-error";

/** A launch names a location, job, asset, check, step or partition that is not there. */
export class UnknownDefinition extends ExpectedError {
  readonly code = "unknown_definition";
}

/** What is wrong with one place of a run config. */
export interface RunConfigError {
  /** Such as `ops.flights.config.year`; empty for the whole config. */
  readonly path: string;
  readonly message: string;
}

/** A run config that does not match the JSON Schema of its job. */
export class RunConfigInvalid extends ExpectedError {
  readonly code = "run_config_invalid";
  readonly errors: readonly RunConfigError[];
  constructor(jobName: string, errors: readonly RunConfigError[]) {
    const list = errors.map(({ path, message }) => `${path || "the run config"}: ${message}`).join("; ");
    super(`The run config does not fit job ${jobName}: ${list}`);
    this.errors = errors;
  }
}
