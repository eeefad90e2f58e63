import { expect, test } from "vitest";
import { fitSlope, type Point } from "./slope.ts";

function series(of: string, from: number, values: readonly number[]): Point[] {
  return values.map((value, index) => ({ of, seconds: from + index * 60, value }));
}

test("a line has its slope, without error", () => {
  expect(fitSlope(series("a", 0, [1, 3, 5, 7]))).toEqual({ perMinute: 2, error: 0 });
});

test("what goes up and down has no slope but an error", () => {
  const slope = fitSlope(series("a", 0, [5, 7, 5, 7, 7, 5, 7, 5]));

  expect(slope?.perMinute).toBeCloseTo(0);
  expect(slope?.error).toBeCloseTo(0.178, 3);
});

test("a process that was started again is no fall", () => {
  const points = [...series("a", 0, [100, 101, 102]), ...series("b", 180, [50, 51, 52])];

  expect(fitSlope(points)).toEqual({ perMinute: 1, error: 0 });
});

test("two points say nothing", () => {
  expect(fitSlope(series("a", 0, [1, 2]))).toBeNull();
  expect(fitSlope([])).toBeNull();
});
