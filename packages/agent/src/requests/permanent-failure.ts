import { ExpectedError } from "@millrace/model/expected-error";

/** Work that can't be done however often it is delivered. */
export class PermanentWorkFailure extends ExpectedError {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
