import { parseErrorInfo } from "@millrace/model/errors/parse-error-info";
import type { ErrorInfo } from "@millrace/model/run-event";

/** Reads an error as it comes from the API, or null when there is none. */
export function readErrorInfo(value: unknown): ErrorInfo | null {
  return value === null || value === undefined ? null : parseErrorInfo(value);
}

/** The lines of a stack that say where, without a repetition of the message. */
export function stackFrames(stack: string): string {
  const lines = stack.split("\n");
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  return first === -1
    ? stack
    : lines
        .slice(first)
        .map((line) => line.trim())
        .join("\n");
}

/** The last link of a chain of causes: usually what really happened. */
export function rootCause(error: ErrorInfo): ErrorInfo {
  return error.cause === null ? error : rootCause(error.cause);
}
