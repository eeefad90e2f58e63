import type { ErrorInfo } from "../run-event.ts";
import { renderValue } from "./render-value.ts";

/** Errors beyond this depth of causes and inner errors are left out. */
const MAX_DEPTH = 10;

/**
 * Reads an error that another process sent. An error is for people: what is missing or of the wrong type is left out, and
 * whatever its shape, the reader sees something.
 */
export function parseErrorInfo(value: unknown, depth = 0): ErrorInfo {
  const fields: Readonly<Record<string, unknown>> =
    typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : { message: value ?? "an error that nobody described" };
  const { name, message, stack, cause, code, errors } = fields;
  const isDeep = depth >= MAX_DEPTH;
  const inner = isDeep || !Array.isArray(errors) ? [] : errors.map((item) => parseErrorInfo(item, depth + 1));
  const further = parseFields(fields["fields"]);
  return {
    name: typeof name === "string" ? name : "Error",
    message: typeof message === "string" ? message : renderValue(value),
    stack: typeof stack === "string" ? stack : null,
    cause: cause === undefined || cause === null || isDeep ? null : parseErrorInfo(cause, depth + 1),
    ...(typeof code === "string" ? { code } : {}),
    ...(inner.length === 0 ? {} : { errors: inner }),
    ...(further === null ? {} : { fields: further }),
  };
}

function parseFields(value: unknown): Readonly<Record<string, string>> | null {
  if (typeof value !== "object" || value === null) return null;
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return texts.length === 0 ? null : Object.fromEntries(texts);
}
