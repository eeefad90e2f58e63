import { expect, test } from "vitest";
import { evaluateFreshness } from "./evaluate-freshness.ts";
import { parseFreshnessPolicy, type FreshnessPolicy } from "./freshness-policy.ts";

const at = (text: string): number => Date.parse(text);

test("an asset that was never materialized is unknown", () => {
  expect(evaluateFreshness({ type: "time_window", failSeconds: 60 }, null, 0)).toBe("UNKNOWN");
});

test("a time window warns and fails from its ages on", () => {
  const policy: FreshnessPolicy = { type: "time_window", failSeconds: 120, warnSeconds: 60 };
  const state = (ageSeconds: number) => evaluateFreshness(policy, 0, ageSeconds * 1000);

  expect([59.999, 60, 119.999, 120].map(state)).toEqual(["PASS", "WARN", "WARN", "FAIL"]);
});

test("without a warning window it passes until it fails", () => {
  const policy: FreshnessPolicy = { type: "time_window", failSeconds: 120 };
  expect([119, 120].map((age) => evaluateFreshness(policy, 0, age * 1000))).toEqual(["PASS", "FAIL"]);
});

test("a deadline looks at the last one that has passed, in its time zone", () => {
  const policy: FreshnessPolicy = {
    type: "cron",
    deadlineCron: "0 9 * * *",
    lowerBoundSeconds: 3600,
    timezone: "Europe/Berlin",
  };
  const state = (materialized: string, now: string) => evaluateFreshness(policy, at(materialized), at(now));

  // 09:00 in Berlin is 07:00 UTC in summer and 08:00 UTC in winter.
  expect(state("2024-07-01T06:00:00Z", "2024-07-01T07:00:00Z")).toBe("PASS");
  expect(state("2024-07-01T05:59:59Z", "2024-07-01T07:00:00Z")).toBe("FAIL");
  expect(state("2024-01-01T06:30:00Z", "2024-01-01T08:00:00Z")).toBe("FAIL");
  expect(state("2024-01-01T07:00:00Z", "2024-01-01T08:00:00Z")).toBe("PASS");
  // Just before a deadline, yesterday's counts.
  expect(state("2024-06-30T06:30:00Z", "2024-07-01T06:59:59Z")).toBe("PASS");
  // A materialization after the deadline makes it fresh again.
  expect(state("2024-07-01T10:00:00Z", "2024-07-01T11:00:00Z")).toBe("PASS");
});

test.each([
  [{ type: "time_window", failSeconds: 59 }, /failSeconds must be 60 seconds or more, not 59/],
  [{ type: "time_window", failSeconds: 120, warnSeconds: 30 }, /warnSeconds must be 60/],
  [{ type: "time_window", failSeconds: 120, warnSeconds: 120 }, /warnSeconds must be less than failSeconds/],
  [{ type: "time_window", failSeconds: Number.NaN }, /failSeconds/],
  [{ type: "cron", deadlineCron: "0 9 * * *", lowerBoundSeconds: 1 }, /lowerBoundSeconds must be 60/],
  [
    { type: "cron", deadlineCron: "0 9,10 * * *", lowerBoundSeconds: 3601 },
    /shortest span between two deadlines \(3600 s\), not 3601/,
  ],
  [{ type: "cron", deadlineCron: "9 oclock", lowerBoundSeconds: 60 }, /not a valid cron expression/],
  [
    { type: "cron", deadlineCron: "@daily", lowerBoundSeconds: 60, timezone: "Europe/Atlantis" },
    /Europe\/Atlantis/,
  ],
  [{ type: "sometimes" }, /time_window or cron/],
  [null, /must be an object/],
])("%j is refused", (policy, message) => {
  expect(() => parseFreshnessPolicy(policy)).toThrow(message);
});

test("a lower bound of a whole day is allowed where a day may have 23 hours", () => {
  const policy = {
    type: "cron",
    deadlineCron: "0 9 * * *",
    lowerBoundSeconds: 86_400,
    timezone: "Europe/Berlin",
  };
  expect(parseFreshnessPolicy(policy)).toEqual(policy);
});
