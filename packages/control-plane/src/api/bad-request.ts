import { ExpectedError } from "@millrace/model/expected-error";

/** Input that can't be read; the message names the field. */
export class BadRequest extends ExpectedError {
  readonly code = "bad_request";
}
