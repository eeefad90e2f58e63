import { ExpectedError } from "@millrace/model/expected-error";
import { readField } from "@millrace/model/errors/render-value";
import { isSeconds } from "@millrace/model/seconds";
import type { AttemptFailure } from "@millrace/model/retry-policy";
import type { MetadataRecord } from "../../metadata/metadata.ts";
import { FAILURE, MADE } from "../../context/failure.ts";

/** A step took longer than its `timeoutSeconds`. */
export class StepTimedOut extends ExpectedError {
  readonly code = "step_timed_out";

  constructor(seconds: number) {
    super(`The step took longer than ${seconds} seconds`);
    this.name = "StepTimedOut";
  }
}

/** The run was interrupted while the step ran. */
export class StepInterrupted extends ExpectedError {
  readonly code = "step_interrupted";

  constructor() {
    super("The run was interrupted");
    this.name = "StepInterrupted";
  }
}

/** The process of a step ended before the step was over: user code called `process.exit`, it was killed or it crashed. */
export class StepProcessEnded extends ExpectedError {
  readonly code = "step_process_ended";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StepProcessEnded";
  }
}

/** A blocking check did not pass. */
export class BlockingCheckFailed extends ExpectedError {
  readonly code = "blocking_check_failed";
  readonly [FAILURE]: AttemptFailure = { kind: "failure", allowRetries: false };

  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    super(`Blocking asset check failed: ${names.join(", ")}`);
    this.name = "BlockingCheckFailed";
    this.names = names;
  }
}

/** The code of a step returned something that does not fit its definition. */
export class InvalidStepResult extends ExpectedError {
  readonly code = "invalid_step_result";
  readonly [FAILURE]: AttemptFailure = { kind: "failure", allowRetries: false };

  constructor(message: string) {
    super(message);
    this.name = "InvalidStepResult";
  }
}

/** What a step keeps for its next attempt is not what it should be. */
export class InvalidStepState extends ExpectedError {
  readonly code = "invalid_step_state";
  readonly [FAILURE]: AttemptFailure = { kind: "failure", allowRetries: false };

  constructor(message: string) {
    super(message);
    this.name = "InvalidStepState";
  }
}

/** The value that an asset's code returned does not match the asset's schema. */
export class InvalidAssetValue extends ExpectedError {
  readonly code = "invalid_asset_value";

  constructor(message: string) {
    super(message);
    this.name = "InvalidAssetValue";
  }
}

/** What a step waits for can't be waited for. */
export class InvalidWait extends ExpectedError {
  readonly code = "invalid_wait";
  readonly [FAILURE]: AttemptFailure = { kind: "failure", allowRetries: false };

  constructor(message: string) {
    super(message);
    this.name = "InvalidWait";
  }
}

/** What an error means for retries. It may have been made by another copy of this package, so it is read, not believed. */
export function attemptFailureOf(error: unknown): AttemptFailure {
  const said = typeof error === "object" && error !== null ? readField(error, FAILURE) : undefined;
  if (typeof said !== "object" || said === null) return { kind: "exception" };
  const { kind, allowRetries, maxRetries, secondsToWait = null } = said as Readonly<Record<string, unknown>>;
  if (kind === "failure") return { kind, allowRetries: allowRetries !== false };
  if (kind !== "retry_requested" || typeof maxRetries !== "number") return { kind: "exception" };
  return { kind, maxRetries, secondsToWait: isSeconds(secondsToWait) ? secondsToWait : null };
}

/** The metadata that an error carries. */
export function failureMetadataOf(error: unknown): MetadataRecord {
  if (typeof error !== "object" || error === null || readField(error, FAILURE) === undefined) return {};
  return (readField(error, "metadata") ?? {}) as MetadataRecord;
}

/** What a step made all the same that threw this, or was interrupted because of this; undefined when nothing was. */
export function madeBefore(error: unknown): unknown {
  const thrown = error instanceof StepInterrupted ? error.cause : error;
  return typeof thrown === "object" && thrown !== null ? readField(thrown, MADE) : undefined;
}
