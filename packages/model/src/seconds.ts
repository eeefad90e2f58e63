import { ExpectedError } from "./expected-error.ts";
import { showValue } from "./show-value.ts";

/** The longest span of time that somebody may ask for, in seconds: ten years. Everything that waits can wait that long. */
export const MAX_SECONDS = 10 * 366 * 86_400;

/** A span of time makes no sense. */
export class InvalidSeconds extends ExpectedError {
  readonly code = "invalid_seconds";
}

/** Whether a value is a span of time that can be waited for: 0 to `MAX_SECONDS`. */
export function isSeconds(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_SECONDS;
}

/**
 * Reads a span of time that an author wrote, in seconds.
 *
 * @param name What it is called where it was written, for the message.
 * @throws InvalidSeconds for what is no number from `least` to `MAX_SECONDS`.
 */
export function parseSeconds(name: string, value: unknown, least: "zero" | "more_than_zero"): number {
  if (isSeconds(value) && (value > 0 || least === "zero")) return value;
  const lowest = least === "zero" ? "0 or more" : "more than 0";
  const most =
    typeof value === "number" && value > MAX_SECONDS ? ` and at most ${MAX_SECONDS} (ten years)` : "";
  throw new InvalidSeconds(`${name} must be a number of seconds, ${lowest}${most}, not ${showValue(value)}`);
}
