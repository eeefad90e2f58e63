import { expect, test } from "vitest";
import { formatAge, formatClock, formatMoment } from "./time-format.ts";

test.each([
  [0, "now"],
  [12_000, "12 s ago"],
  [310_000, "5 min ago"],
  [-300_000, "in 5 min"],
  [190_000_000, "2 d ago"],
])("an instant %d ms back is %s", (ms, text) => {
  const now = new Date(1_800_000_000_000);
  expect(formatAge(new Date(now.getTime() - ms), now)).toBe(text);
});

test("the clock shows milliseconds", () => {
  expect(formatClock(new Date(2026, 2, 4, 5, 6, 7, 89))).toBe("05:06:07.089");
});

test.each([
  [4, "05:06:07"],
  [5, "2026-03-04 05:06:07"],
])("a moment names its day on another day, here the %dth", (day, text) => {
  expect(formatMoment(new Date(2026, 2, 4, 5, 6, 7, 89), new Date(2026, 2, day, 23))).toBe(text);
});
