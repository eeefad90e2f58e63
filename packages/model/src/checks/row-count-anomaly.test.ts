import { expect, test } from "vitest";
import { expectRowCount, type RowCountTolerance } from "./row-count-anomaly.ts";

const TOLERANCE: RowCountTolerance = { leastHistory: 5, deviations: 3.5, leastChange: 0.1 };

test("nothing is expected before there are enough counts", () => {
  expect(expectRowCount([1, 2, 3, 4], TOLERANCE)).toBeNull();
  expect(expectRowCount([], { ...TOLERANCE, leastHistory: 0 })).toBeNull();
});

test("counts are expected around the median, as far as they usually are from it", () => {
  // Deviations 10, 10, 0, 20, 20, with the median 10: 3.5 * 1.4826 * 10.
  const expected = expectRowCount([90, 110, 100, 120, 80], TOLERANCE);

  expect(expected?.median).toBe(100);
  expect(expected?.lowest).toBeCloseTo(100 - 51.891);
  expect(expected?.highest).toBeCloseTo(100 + 51.891);
});

test("one count that was odd itself does not widen what is expected", () => {
  const usual = [100, 101, 99, 102, 98, 100, 103];

  const expected = expectRowCount([...usual, 1_000_000, 0], TOLERANCE);

  expect(expected?.highest).toBeLessThan(115);
  expect(expected?.lowest).toBeGreaterThan(85);
});

test("where counts were always the same, a tenth more or less is still expected", () => {
  expect(expectRowCount([50, 50, 50, 50, 50], TOLERANCE)).toEqual({ median: 50, lowest: 45, highest: 55 });
});

test("steady growth is expected to go on", () => {
  const growing = Array.from({ length: 30 }, (_, day) => 1_000 + 100 * day);

  expect(expectRowCount(growing, TOLERANCE)?.highest).toBeGreaterThan(4_000);
});

test("tables that were always empty are expected to be empty", () => {
  expect(expectRowCount([0, 0, 0, 0, 0], TOLERANCE)).toEqual({ median: 0, lowest: 0, highest: 0 });
});
