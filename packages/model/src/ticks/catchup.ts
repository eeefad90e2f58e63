import { ExpectedError } from "../expected-error.ts";

/**
 * Which ticks of a schedule are made up for that were missed, because no control plane was there, or because the tick before took
 * too long: none, the latest, or the latest ones, of which there are at most so many, oldest first.
 */
export type Catchup = "skip" | "latest" | { readonly all: number };

/** Ticks that may be made up for. */
const MAX_CATCHUP = 1_000;

/** What is said of missed ticks makes no sense; the message says what it must be. */
export class InvalidCatchup extends ExpectedError {
  readonly code = "invalid_catchup";
}

/** Reads a rule for missed ticks from untrusted data. @throws InvalidCatchup */
export function parseCatchup(value: unknown): Catchup {
  if (value === "skip" || value === "latest") return value;
  if (typeof value === "object" && value !== null && "all" in value) {
    const { all } = value;
    if (typeof all === "number" && Number.isSafeInteger(all) && all >= 1 && all <= MAX_CATCHUP)
      return { all };
  }
  throw new InvalidCatchup(
    `catchup must be "skip", "latest" or { all: … } with a number from 1 to ${MAX_CATCHUP}, not ${JSON.stringify(value) ?? "nothing"}`,
  );
}
