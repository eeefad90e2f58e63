import { ExpectedError } from "@millrace/model/expected-error";
import type { ErrorInfo } from "@millrace/model/run-event";

/** A tick asks for something that can't be done; the message says what, and why. */
export class TickRefused extends ExpectedError {
  readonly code = "tick_refused";
}

/**
 * Does a part of what a tick asks for.
 *
 * @param what such as `What it reports of assets`, for the message.
 * @throws TickRefused when the part is refused.
 */
export async function orTickRefused(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    throw new TickRefused(`${what}: ${error.message}`, { cause: error });
  }
}

/** A refusal as it is shown; the code is that of what was refused. */
export function toErrorInfo({ message, cause, code }: ExpectedError): ErrorInfo {
  const reason = cause instanceof ExpectedError ? cause.code : code;
  return { name: "TickRefused", code: reason, message, stack: null, cause: null };
}
