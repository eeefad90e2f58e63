import { ExpectedError } from "@millrace/model/expected-error";
import { AgentApiRefused } from "../agent-api-client.ts";

/** Nothing this attempt sends is kept any more: another one took over, the run has ended, or its token is void. */
export class AttemptSuperseded extends ExpectedError {
  readonly code = "attempt_superseded";
}

const FINAL_REFUSALS = ["attempt_superseded", "unauthenticated", "forbidden", "not_found"];

/** Reads a refusal as the end of the attempt, or gives the error back as it is. */
export function asSuperseded(error: unknown): unknown {
  if (error instanceof AgentApiRefused && FINAL_REFUSALS.includes(error.code)) {
    return new AttemptSuperseded(error.message, { cause: error });
  }
  return error;
}
