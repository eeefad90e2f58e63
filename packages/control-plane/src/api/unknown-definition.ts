import { ExpectedError } from "@millrace/model/expected-error";

/** A request names a location, job, asset, check, step or partition that is not there, or can't be used in this way. */
export class UnknownDefinition extends ExpectedError {
  readonly code = "unknown_definition";
}
