import { ExpectedError } from "@millrace/model/expected-error";

/** What everything that goes wrong as expected has in common: a `code` and a `name` that do not change, and a message for people. */
export abstract class ClientError extends ExpectedError {}

/** Nobody answers just now: neither the control plane, nor its database, nor what a proxy leads to. It may be back soon. */
export class ServerUnreachable extends ClientError {
  override readonly name = "ServerUnreachable";
  readonly code = "server_unreachable";
}

/** What answers at the address is no control plane, such as the page of a proxy where people sign in. */
export class NotAServer extends ClientError {
  override readonly name = "NotAServer";
  readonly code = "not_a_server";
}

/** The control plane, or a proxy before it, does not know the token, or wants one. */
export class TokenRefused extends ClientError {
  override readonly name = "TokenRefused";
  readonly code = "token_refused";
}

/** Whoever asks is known and may not do this. */
export class NotAllowed extends ClientError {
  override readonly name = "NotAllowed";
  readonly code = "not_allowed";
}

/** A job, asset, check, partition, code location or run of that name is not there. */
export class UnknownDefinition extends ClientError {
  override readonly name = "UnknownDefinition";
  readonly code = "unknown_definition";
}

/** What is launched is partitioned, and no partition of it was named. */
export class PartitionRequired extends ClientError {
  override readonly name = "PartitionRequired";
  readonly code = "partition_required";
}

/** What is wrong with one place of a run config. */
export interface RunConfigIssue {
  /** Such as `ops.orders.config.year`; for a field that is missing or unknown the object around it; empty for the whole config. */
  readonly path: string;
  readonly message: string;
}

/** The run config does not fit what was to be launched. */
export class InvalidRunConfig extends ClientError {
  override readonly name = "InvalidRunConfig";
  readonly code = "invalid_run_config";
  readonly issues: readonly RunConfigIssue[];
  constructor(what: string, issues: readonly RunConfigIssue[]) {
    const lines = issues.map(({ path, message }) =>
      message.startsWith(path) ? message : `${path}: ${message}`,
    );
    super(`The run config does not fit ${what}:\n  ${lines.join("\n  ")}`);
    this.issues = issues;
  }
}

/** The control plane refused the request for another reason, or failed at it; `reason` is its own stable word for why. */
export class RequestRefused extends ClientError {
  override readonly name = "RequestRefused";
  readonly code = "request_refused";
  /** Such as `bad_request` or `internal`. */
  readonly reason: string;
  constructor(message: string, reason: string) {
    super(message);
    this.reason = reason;
  }
}
