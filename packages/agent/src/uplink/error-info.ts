import type { ErrorInfo } from "@millrace/model/run-event";

/** Causes deeper than this are left out: a chain that loops must not hang the agent. */
const MAX_CAUSES = 10;

/** Any thrown value as it travels to the control plane. */
export function toErrorInfo(error: unknown, depth = 0): ErrorInfo {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: null, cause: null };
  const code = "code" in error && typeof error.code === "string" ? error.code : null;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? null,
    cause: error.cause === undefined || depth >= MAX_CAUSES ? null : toErrorInfo(error.cause, depth + 1),
    ...(code === null ? {} : { code }),
  };
}

/** Reads an error that a process of the user's environment sent. What is missing or of the wrong type is left out. */
export function parseErrorInfo(value: unknown, depth = 0): ErrorInfo {
  const fields: Readonly<Record<string, unknown>> =
    typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : { message: value };
  const { name, message, stack, cause, code } = fields;
  return {
    name: typeof name === "string" ? name : "Error",
    message: typeof message === "string" ? message : "an error without a message",
    stack: typeof stack === "string" ? stack : null,
    cause:
      cause === undefined || cause === null || depth >= MAX_CAUSES ? null : parseErrorInfo(cause, depth + 1),
    ...(typeof code === "string" ? { code } : {}),
  };
}
