import { ExpectedError } from "@millrace/model/expected-error";
import type { ErrorInfo } from "@millrace/model/run-event";

/** Causes beyond this many are left out; a chain may be a circle. */
const MAX_CAUSES = 10;
/** Characters kept of a message and of a stack. */
const MAX_TEXT = 65_536;

/** An error as it travels, whatever was thrown. Never throws itself. */
export function toErrorInfo(error: unknown, depth = 0): ErrorInfo {
  if (!(error instanceof Error)) {
    return {
      name: "Error",
      message: `${describeThrown(error)} was thrown, which is not an Error`,
      stack: null,
      cause: null,
    };
  }
  const code = codeOf(error);
  return {
    name: error.name,
    message: error.message.slice(0, MAX_TEXT),
    stack: typeof error.stack === "string" ? error.stack.slice(0, MAX_TEXT) : null,
    cause: error.cause === undefined || depth >= MAX_CAUSES ? null : toErrorInfo(error.cause, depth + 1),
    ...(code === null ? {} : { code }),
  };
}

/** Codes of our own errors and of Node's; codes of other kinds, such as numbers, stay behind. */
function codeOf(error: Error): string | null {
  if (error instanceof ExpectedError) return error.code;
  return "code" in error && typeof error.code === "string" ? error.code : null;
}

function describeThrown(value: unknown): string {
  try {
    return typeof value === "string" ? JSON.stringify(value) : String(value);
  } catch {
    return "A value";
  }
}
