import { expect, test } from "vitest";
import { backoffMs, scatteredBackoffMs } from "./backoff.ts";

const BACKOFF = { firstMs: 100, longestMs: 1_000 };

test("pauses double up to the longest one, however many failures there were", () => {
  expect([0, 1, 2, 3, 4, 5, 5_000].map((failures) => backoffMs(BACKOFF, failures))).toEqual([
    0, 100, 200, 400, 800, 1_000, 1_000,
  ]);
});

test("scattered pauses lie in the upper half", () => {
  expect(scatteredBackoffMs(BACKOFF, 3, 0)).toBe(200);
  expect(scatteredBackoffMs(BACKOFF, 3, 0.5)).toBe(300);
  expect(scatteredBackoffMs(BACKOFF, 3, 0.999_999)).toBeCloseTo(400, 2);
});
