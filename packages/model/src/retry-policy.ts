import { ExpectedError } from "./expected-error.ts";
import { MAX_SECONDS, parseSeconds } from "./seconds.ts";
import { showValue } from "./show-value.ts";

/** How often and how soon a failed step is tried again. */
export interface RetryPolicy {
  /** Attempts after the first one. Default: 1. */
  readonly maxRetries?: number | null;
  /** Seconds between the end of an attempt and the next one. Default: 0. */
  readonly delaySeconds?: number | null;
  /** How the delay grows from retry to retry. Default: it stays. */
  readonly backoff?: "linear" | "exponential" | null;
  /** How the delay is scattered: anywhere below it, or around it by one base delay. Default: not at all. */
  readonly jitter?: "full" | "plus_minus" | null;
}

const DEFAULT_MAX_RETRIES = 1;

/** Why an attempt of a step failed, as far as retries care. */
export type AttemptFailure =
  /** User code threw, or its process was interrupted. */
  | { readonly kind: "exception" }
  /** User code declared a failure that may forbid retries. */
  | { readonly kind: "failure"; readonly allowRetries: boolean }
  /** User code asked for a retry itself: its own limit and wait replace the policy's. */
  | { readonly kind: "retry_requested"; readonly maxRetries: number; readonly secondsToWait?: number | null };

/** What follows a failed attempt: another one after `delaySeconds`, or the step's failure. */
export type RetryDecision =
  | { readonly retry: true; readonly delaySeconds: number }
  | { readonly retry: false };

/** A retry policy contradicts itself or holds a number that makes no sense. */
export class InvalidRetryPolicy extends ExpectedError {
  readonly code = "invalid_retry_policy";
}

/** Checks a policy that an author wrote and gives it back. Throws `InvalidRetryPolicy` or `InvalidSeconds`. */
export function parseRetryPolicy(policy: RetryPolicy): RetryPolicy {
  const { maxRetries, delaySeconds, backoff, jitter } = policy;
  if (maxRetries != null && (!Number.isInteger(maxRetries) || maxRetries < 0))
    throw new InvalidRetryPolicy(`maxRetries must be 0 or a positive integer, not ${showValue(maxRetries)}`);
  if (delaySeconds != null) parseSeconds("delaySeconds", delaySeconds, "zero");
  if (delaySeconds == null && (backoff != null || jitter != null))
    throw new InvalidRetryPolicy("backoff and jitter change a delay: set delaySeconds too");
  return policy;
}

/** The policy that holds for a step: its own replaces the job's entirely, also with `maxRetries: 0`. */
export function effectiveRetryPolicy(
  step: RetryPolicy | null | undefined,
  job: RetryPolicy | null | undefined,
): RetryPolicy | null {
  return step ?? job ?? null;
}

/**
 * Seconds, never more than `MAX_SECONDS`, to wait before retry number `retry` (1 = the first).
 *
 * @param random Gives numbers in [0, 1), as `Math.random` does.
 */
export function retryDelaySeconds(policy: RetryPolicy, retry: number, random: () => number): number {
  const base = policy.delaySeconds ?? 0;
  const delay = Math.min(MAX_SECONDS, base * delayFactor(policy.backoff ?? null, retry));
  switch (policy.jitter ?? null) {
    case null:
      return delay;
    case "full":
      return delay * random();
    case "plus_minus":
      return Math.min(MAX_SECONDS, delay + base * (2 * random() - 1));
  }
}

/**
 * Decides what follows a failed attempt. All attempts count together, whoever asked for them: a policy with one retry is
 * used up by an earlier explicit request.
 *
 * @param retriesSoFar Attempts before this one: 0 when the first attempt failed.
 */
export function decideRetry(
  policy: RetryPolicy | null,
  failure: AttemptFailure,
  retriesSoFar: number,
  random: () => number,
): RetryDecision {
  if (failure.kind === "retry_requested")
    return retriesSoFar < failure.maxRetries
      ? { retry: true, delaySeconds: failure.secondsToWait ?? 0 }
      : { retry: false };
  if (failure.kind === "failure" && !failure.allowRetries) return { retry: false };
  if (policy === null || retriesSoFar >= (policy.maxRetries ?? DEFAULT_MAX_RETRIES)) return { retry: false };
  return { retry: true, delaySeconds: retryDelaySeconds(policy, retriesSoFar + 1, random) };
}

function delayFactor(backoff: "linear" | "exponential" | null, retry: number): number {
  switch (backoff) {
    case null:
      return 1;
    case "linear":
      return retry;
    case "exponential":
      return 2 ** Math.min(retry, 64) - 1;
  }
}
