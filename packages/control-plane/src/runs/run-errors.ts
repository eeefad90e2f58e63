import { ExpectedError } from "@millrace/model/expected-error";
import type { RunStatus } from "@millrace/model/run-status";

/** There is no such run, or no such attempt of it. */
export class RunNotFound extends ExpectedError {
  readonly code = "not_found";
  constructor(runId: string, attempt?: number) {
    super(`There is no ${attempt === undefined ? "" : `attempt ${attempt} of `}run ${runId}`);
  }
}

/** A run that was to be ended has ended already. */
export class RunAlreadyFinished extends ExpectedError {
  readonly code = "run_already_finished";
  readonly status: RunStatus;
  constructor(runId: string, status: RunStatus) {
    super(`Run ${runId} has already ended: ${status}`);
    this.status = status;
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

/** What an attempt asks or says is not wanted: another one has taken over, or its run has ended. */
export class AttemptSuperseded extends ExpectedError {
  readonly code = "attempt_superseded";
  constructor(runId: string, attempt: number) {
    super(`Attempt ${attempt} of run ${runId} is superseded, or its run has ended`);
  }
}

/** Why a run can't be re-executed in the way that was asked for. */
export type ReexecutionObstacle =
  /** A chosen step needs an output that neither the run nor those before it made. */
  | "outputs_missing"
  /** The run's events are no longer kept, so nobody knows what it did. */
  | "events_expired"
  /** The definitions were described by a version that did not say how steps are mapped. */
  | "definitions_too_old";

/** A run that can't be re-executed in the way that was asked for; the message says what to do instead. */
export class RunNotReexecutable extends ExpectedError {
  readonly code: ReexecutionObstacle;
  constructor(code: ReexecutionObstacle, message: string) {
    super(message);
    this.code = code;
  }
}
