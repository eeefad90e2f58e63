import type { ErrorInfo } from "@millrace/model/run-event";

/** Reads an error as it comes from the API; whatever its shape, the reader sees something. */
export function parseErrorInfo(value: unknown): ErrorInfo | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return { name: "Error", message: value, stack: null, cause: null };
  if (typeof value !== "object") return { name: "Error", message: String(value), stack: null, cause: null };
  const record = value as Readonly<Record<string, unknown>>;
  return {
    name: typeof record["name"] === "string" ? record["name"] : "Error",
    message: typeof record["message"] === "string" ? record["message"] : JSON.stringify(value),
    stack: typeof record["stack"] === "string" ? record["stack"] : null,
    cause: parseErrorInfo(record["cause"]),
  };
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
