import { expect, test } from "vitest";
import { formatBytes, formatCount, formatQuantity } from "./number-format.ts";

test("counts have separators", () => {
  expect(formatCount(3_000_000)).toBe("3,000,000");
  expect(formatCount(0.1 + 0.2)).toBe("0.3");
  expect(formatCount(12_345.678_9)).toBe("12,345.68");
});

test("bytes take the unit that keeps them short", () => {
  expect([0, 999, 14_200, 123_456, 20_000_000].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "14.2 KB",
    "123 KB",
    "20.0 MB",
  ]);
});

test("one thing is singular", () => {
  expect(formatQuantity(1, "asset")).toBe("1 asset");
  expect(formatQuantity(0, "asset")).toBe("0 assets");
  expect(formatQuantity(2, "reply", "replies")).toBe("2 replies");
});
