import { expect, test } from "vitest";
import { describeFreshnessPolicy } from "./describe-freshness-policy.ts";

test("a freshness policy is told in words", () => {
  const day = 86_400;
  expect(
    [
      { type: "time_window", failSeconds: day },
      { type: "time_window", failSeconds: day, warnSeconds: 43_200 },
      { type: "cron", deadlineCron: "0 9 * * *", lowerBoundSeconds: 7_200 },
      { type: "cron", deadlineCron: "0 9 * * *", lowerBoundSeconds: 7_200, timezone: "Europe/Berlin" },
    ].map(describeFreshnessPolicy),
  ).toEqual([
    "at most 1 d old",
    "at most 1 d old, a warning after 12 h",
    "made at most 2 h before 0 9 * * * (UTC)",
    "made at most 2 h before 0 9 * * * (Europe/Berlin)",
  ]);
});
