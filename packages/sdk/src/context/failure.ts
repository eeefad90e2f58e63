import type { AttemptFailure } from "@millrace/model/retry-policy";
import { parseSeconds } from "@millrace/model/seconds";
import { showValue } from "@millrace/model/show-value";
import type { MetadataRecord } from "../metadata/metadata.ts";

/** Marks errors that say what is to follow, whichever copy of this package made them. */
export const FAILURE: unique symbol = Symbol.for("millrace.failure");

/** What a step that failed made all the same; not to be seen where the error is shown. */
export const MADE: unique symbol = Symbol.for("millrace.made");

/** What may be said about a step that failed. */
export interface FailureOptions extends ErrorOptions {
  readonly metadata?: MetadataRecord;
  /** Default: true. */
  readonly allowRetries?: boolean;
  /**
   * What the step made all the same, as it would have returned it: reported before the step fails. For a step that makes
   * several assets, of which some failed.
   */
  readonly made?: unknown;
}

/**
 * Thrown by the code of a step: it failed, with metadata for the event log, and perhaps trying again makes no sense.
 *
 * @example
 * throw new Failure("The file is empty", { metadata: { path }, allowRetries: false });
 */
export class Failure extends Error {
  readonly [FAILURE]: AttemptFailure;
  readonly metadata: MetadataRecord;

  constructor(message: string, options: FailureOptions = {}) {
    super(message, options);
    this.name = "Failure";
    this.metadata = options.metadata ?? {};
    if (options.made !== undefined) Object.defineProperty(this, MADE, { value: options.made });
    this[FAILURE] = { kind: "failure", allowRetries: options.allowRetries ?? true };
  }
}

/**
 * Thrown by the code of a step: it is to be tried again, whatever its retry policy says.
 *
 * @example
 * const response = await fetch("https://example.org/orders");
 * if (response.status === 429) throw new RetryRequested("Too many requests", { maxRetries: 5, secondsToWait: 30 });
 */
export class RetryRequested extends Error {
  readonly [FAILURE]: AttemptFailure;

  /** @throws InvalidSeconds, RangeError for a number that makes no sense: the attempt then fails like any other. */
  constructor(
    message: string,
    options: ErrorOptions & { readonly maxRetries?: number; readonly secondsToWait?: number } = {},
  ) {
    super(message, options);
    this.name = "RetryRequested";
    this[FAILURE] = {
      kind: "retry_requested",
      maxRetries: checkCount(options.maxRetries ?? 1),
      secondsToWait:
        options.secondsToWait === undefined
          ? null
          : parseSeconds("secondsToWait", options.secondsToWait, "zero"),
    };
  }
}

function checkCount(maxRetries: number): number {
  if (maxRetries === Infinity || (Number.isInteger(maxRetries) && maxRetries >= 0)) return maxRetries;
  throw new RangeError(`maxRetries must be 0 or a positive integer, not ${showValue(maxRetries)}`);
}
