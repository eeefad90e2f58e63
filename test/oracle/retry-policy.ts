import {
  decideRetry,
  effectiveRetryPolicy,
  parseRetryPolicy,
  retryDelaySeconds,
  type AttemptFailure,
  type RetryPolicy,
} from "@millrace/model/retry-policy";

interface VectorPolicy {
  readonly max_retries?: number;
  readonly delay_seconds?: number;
  readonly backoff?: "linear" | "exponential" | null;
  readonly jitter?: "full" | "plus_minus" | null;
}
type AttemptResult =
  | "ok"
  | "exception"
  | "failure"
  | "failure_no_retry"
  | { readonly retry_requested: { readonly max_retries: number; readonly seconds_to_wait?: number } };
type RetryCase =
  | { readonly kind: "delays"; readonly policy: VectorPolicy; readonly attempts: readonly number[] }
  | { readonly kind: "construct"; readonly policy: VectorPolicy }
  | {
      readonly kind: "run";
      readonly step_policy: VectorPolicy | null;
      readonly job_policy: VectorPolicy | null;
      readonly attempt_results: readonly AttemptResult[];
    };

export function runCase(testCase: unknown): unknown {
  const vector = testCase as RetryCase;
  switch (vector.kind) {
    case "construct":
      return parsePolicy(vector.policy);
    case "delays":
      return delays(parsePolicy(vector.policy), vector.attempts);
    case "run":
      return run(
        effectiveRetryPolicy(
          vector.step_policy && parsePolicy(vector.step_policy),
          vector.job_policy && parsePolicy(vector.job_policy),
        ),
        vector.attempt_results,
      );
  }
}

/** With jitter the bounds are what the least and the greatest random number give. */
function delays(policy: RetryPolicy, attempts: readonly number[]): unknown {
  const seconds = (random: number): number[] =>
    attempts.map((attempt) => retryDelaySeconds(policy, attempt, () => random));
  return policy.jitter == null
    ? { seconds: seconds(0) }
    : { min_seconds: seconds(0), max_seconds: seconds(1) };
}

function run(policy: RetryPolicy | null, results: readonly AttemptResult[]): unknown {
  const waits: (number | null)[] = [];
  for (let retries = 0; ; retries++) {
    const result = results[retries] ?? "ok";
    if (result === "ok") return { attempts: retries + 1, result: "success", waits_seconds: waits };
    const decision = decideRetry(policy, toFailure(result), retries, () => 0);
    if (!decision.retry) return { attempts: retries + 1, result: "failure", waits_seconds: waits };
    const asksForNoWait = typeof result === "object" && result.retry_requested.seconds_to_wait === undefined;
    waits.push(asksForNoWait ? null : decision.delaySeconds);
  }
}

function toFailure(result: Exclude<AttemptResult, "ok">): AttemptFailure {
  switch (result) {
    case "exception":
      return { kind: "exception" };
    case "failure":
      return { kind: "failure", allowRetries: true };
    case "failure_no_retry":
      return { kind: "failure", allowRetries: false };
    default:
      return {
        kind: "retry_requested",
        maxRetries: result.retry_requested.max_retries,
        secondsToWait: result.retry_requested.seconds_to_wait ?? null,
      };
  }
}

function parsePolicy(policy: VectorPolicy): RetryPolicy {
  return parseRetryPolicy({
    maxRetries: policy.max_retries ?? null,
    delaySeconds: policy.delay_seconds ?? null,
    backoff: policy.backoff ?? null,
    jitter: policy.jitter ?? null,
  });
}
