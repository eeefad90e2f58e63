import { expect, test } from "vitest";
import { followFreshness } from "./follow-freshness.ts";
import type { FreshnessPolicy } from "./freshness-policy.ts";

const WINDOW: FreshnessPolicy = { type: "time_window", failSeconds: 120, warnSeconds: 60 };
const HOURLY: FreshnessPolicy = { type: "cron", deadlineCron: "0 * * * *", lowerBoundSeconds: 600 };
const HOUR = 3_600_000;

test("an asset that is looked at for the first time is judged as of now", () => {
  expect(followFreshness(null, WINDOW, 0, 70_000)).toEqual({
    state: "WARN",
    materializedAt: 0,
    nextChangeAt: 120_000,
    changes: [{ previous: "UNKNOWN", state: "WARN", at: 70_000 }],
  });
  expect(followFreshness(null, WINDOW, null, 0)).toMatchObject({ state: "UNKNOWN", changes: [] });
});

test("changes bear the instant of their deadline, also when nobody has looked for long", () => {
  const known = followFreshness(null, WINDOW, 0, 0);
  expect(followFreshness(known, WINDOW, 0, 59_999).changes).toEqual([]);
  expect(followFreshness(known, WINDOW, 0, 10 * HOUR)).toMatchObject({
    state: "FAIL",
    nextChangeAt: null,
    changes: [
      { previous: "PASS", state: "WARN", at: 60_000 },
      { previous: "WARN", state: "FAIL", at: 120_000 },
    ],
  });
});

test("a materialization that nobody has looked at since ends what was before it, and begins anew", () => {
  const known = followFreshness(null, WINDOW, 0, 0);
  expect(followFreshness(known, WINDOW, 90_000, 155_000).changes).toEqual([
    { previous: "PASS", state: "WARN", at: 60_000 },
    { previous: "WARN", state: "PASS", at: 90_000 },
    { previous: "PASS", state: "WARN", at: 150_000 },
  ]);
});

test("a wipe makes it unknown", () => {
  const known = followFreshness(null, WINDOW, 0, 0);
  expect(followFreshness(known, WINDOW, null, 30_000)).toEqual({
    state: "UNKNOWN",
    materializedAt: null,
    nextChangeAt: null,
    changes: [{ previous: "PASS", state: "UNKNOWN", at: 30_000 }],
  });
});

test("deadlines by cron that pass change it once, and there is always a next one", () => {
  const known = followFreshness(null, HOURLY, HOUR - 60_000, HOUR);
  expect(known).toMatchObject({ state: "PASS", nextChangeAt: 2 * HOUR });
  expect(followFreshness(known, HOURLY, HOUR - 60_000, 5.5 * HOUR)).toMatchObject({
    nextChangeAt: 6 * HOUR,
    changes: [{ previous: "PASS", state: "FAIL", at: 2 * HOUR }],
  });
  const late = followFreshness(known, { ...HOURLY, deadlineCron: "* * * * *" }, HOUR - 60_000, 100 * HOUR);
  expect(late).toMatchObject({ state: "FAIL", nextChangeAt: 100 * HOUR + 60_000 });
});
