import { ExpectedError } from "@millrace/model/expected-error";

/** There is no such run, or no such attempt of it. */
export class RunNotFound extends ExpectedError {
  readonly code = "not_found";
  constructor(runId: string, attempt?: number) {
    super(`There is no ${attempt === undefined ? "" : `attempt ${attempt} of `}run ${runId}`);
  }
}

/** A batch of events leaves a gap: the sender must go on with `expected`. */
export class EventsOutOfOrder extends ExpectedError {
  readonly code = "events_out_of_order";
  readonly expected: number;
  readonly extensions: { readonly expected: number };
  constructor(runId: string, attempt: number, first: number, expected: number) {
    super(
      `Events of run ${runId}, attempt ${attempt}, go on with sequence ${expected}; the batch starts with ${first}`,
    );
    this.expected = expected;
    this.extensions = { expected };
  }
}

/** Input that can't be read; the message names the field. */
export class BadRequest extends ExpectedError {
  readonly code = "bad_request";
}
