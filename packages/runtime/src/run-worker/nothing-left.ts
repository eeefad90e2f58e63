import { ExpectedError } from "@millrace/model/expected-error";

/** Code awaits a promise that nothing can resolve or reject any more. */
export class NothingLeftToWaitFor extends ExpectedError {
  readonly code = "nothing_left_to_wait_for";

  constructor(what: "run" | "step") {
    super(
      `The ${what} can't go on: its code waits for something that can never happen, as no timer, file or connection is open; look for a promise that nobody resolves`,
    );
    this.name = "NothingLeftToWaitFor";
  }
}
