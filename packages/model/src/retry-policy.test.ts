import { describe, expect, test } from "vitest";
import { decideRetry, effectiveRetryPolicy, parseRetryPolicy, retryDelaySeconds } from "./retry-policy.ts";
import { MAX_SECONDS } from "./seconds.ts";

const never = (): number => {
  throw new Error("no randomness without jitter");
};

describe("delays", () => {
  const base = { maxRetries: 9, delaySeconds: 10 };

  test("a plain delay stays, a linear one grows by itself, an exponential one doubles", () => {
    const delays = (backoff: "linear" | "exponential" | null): number[] =>
      [1, 2, 3].map((retry) => retryDelaySeconds({ ...base, backoff }, retry, never));
    expect(delays(null)).toEqual([10, 10, 10]);
    expect(delays("linear")).toEqual([10, 20, 30]);
    expect(delays("exponential")).toEqual([10, 30, 70]);
  });

  test("full jitter lies below the delay, plus-minus jitter around it by the base delay", () => {
    const at = (jitter: "full" | "plus_minus", random: number): number =>
      retryDelaySeconds({ ...base, backoff: "linear", jitter }, 3, () => random);
    expect([at("full", 0), at("full", 0.5)]).toEqual([0, 15]);
    expect([at("plus_minus", 0), at("plus_minus", 0.5), at("plus_minus", 0.75)]).toEqual([20, 30, 35]);
  });
});

test("a delay that grows beyond everything stops at ten years", () => {
  const policy = { maxRetries: 9_000, delaySeconds: 10, backoff: "exponential" } as const;

  expect(retryDelaySeconds(policy, 5_000, never)).toBe(MAX_SECONDS);
});

describe("validation", () => {
  test("backoff and jitter need a delay", () => {
    expect(() => parseRetryPolicy({ maxRetries: 1, backoff: "linear" })).toThrow("set delaySeconds too");
    expect(() => parseRetryPolicy({ maxRetries: 1, jitter: "full" })).toThrow("set delaySeconds too");
    expect(parseRetryPolicy({ maxRetries: 1, delaySeconds: 0, jitter: "full" }).maxRetries).toBe(1);
  });

  test("what is left out of a policy is one retry at once", () => {
    const policy = parseRetryPolicy({});
    const decide = (retriesSoFar: number) => decideRetry(policy, { kind: "exception" }, retriesSoFar, never);
    expect([decide(0), decide(1)]).toEqual([{ retry: true, delaySeconds: 0 }, { retry: false }]);
  });

  test.each([-1, 1.5, Number.NaN])("maxRetries %s is refused", (maxRetries) => {
    expect(() => parseRetryPolicy({ maxRetries })).toThrow("maxRetries must be");
  });

  test("a number that came as text is shown as the text that it is", () => {
    const text = JSON.parse('"3"') as number;
    expect(() => parseRetryPolicy({ maxRetries: text })).toThrow('not "3"');
    expect(() => parseRetryPolicy({ delaySeconds: text })).toThrow('not "3"');
  });

  test.each([-1, Number.NaN, Infinity, 1e300])("a delay of %s is refused", (delaySeconds) => {
    expect(() => parseRetryPolicy({ maxRetries: 1, delaySeconds })).toThrow("delaySeconds must be");
  });
});

describe("what follows a failed attempt", () => {
  const policy = { maxRetries: 2, delaySeconds: 1 };

  test("the policy allows so many retries", () => {
    expect([0, 1, 2].map((n) => decideRetry(policy, { kind: "exception" }, n, never).retry)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test("without a policy nothing is retried", () => {
    expect(decideRetry(null, { kind: "exception" }, 0, never)).toEqual({ retry: false });
  });

  test("a failure can forbid retries", () => {
    expect(decideRetry(policy, { kind: "failure", allowRetries: false }, 0, never)).toEqual({ retry: false });
  });

  test("an explicit request has its own limit and wait", () => {
    const request = { kind: "retry_requested", maxRetries: 3, secondsToWait: 7 } as const;
    expect(decideRetry(policy, request, 2, never)).toEqual({ retry: true, delaySeconds: 7 });
    expect(decideRetry(policy, request, 3, never)).toEqual({ retry: false });
  });

  test("a step's policy replaces the job's, even when it allows nothing", () => {
    expect(effectiveRetryPolicy({ maxRetries: 0 }, policy)).toEqual({ maxRetries: 0 });
    expect(effectiveRetryPolicy(null, policy)).toBe(policy);
  });
});
