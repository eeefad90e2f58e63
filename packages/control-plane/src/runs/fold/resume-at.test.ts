import { expect, test } from "vitest";
import { resumeAt } from "./resume-at.ts";

const HOUR = 3_600_000;

test.each([
  ["what the worker says", { now: 100, timestamp: 100, until: HOUR }, HOUR],
  ["however late it is heard", { now: 100 + HOUR / 2, timestamp: 100, until: HOUR }, HOUR],
  ["so long from now where the worker's clock is ahead", { now: 0, timestamp: HOUR, until: 2 * HOUR }, HOUR],
  [
    "so long from now where it is behind, lest it has to wait again",
    { now: 2 * HOUR, timestamp: HOUR, until: 1.5 * HOUR },
    2.5 * HOUR,
  ],
])("a run goes on when its time has come: %s", (_what, { now, ...said }, expected) => {
  expect(resumeAt(now, said)).toBe(expected);
});
