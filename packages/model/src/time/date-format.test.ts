import { expect, test } from "vitest";
import { formatDate, InvalidDateFormat, parseDate, parseDateFormat } from "./date-format.ts";

const wall = Date.UTC(2024, 1, 29, 6, 5, 4);

test.for([
  ["%Y-%m-%dT%H:%M:%S%z", "2024-02-29T06:05:04+0530"],
  ["%d %B %Y %H.%M.%S", "29 February 2024 06.05.04"],
  ["%y%j-%H%M%S", "24060-060504"],
  ["100%% %b %d %Y %H:%M:%S", "100% Feb 29 2024 06:05:04"],
] as const)("%s writes and reads %s", ([pattern, text]) => {
  const format = parseDateFormat(pattern);

  expect(formatDate(format, wall, 5.5 * 3_600_000)).toBe(text);
  expect(parseDate(format, text)?.wall).toBe(wall);
});

test("what is no date in the format is null", () => {
  const format = parseDateFormat("%Y-%m-%d");

  expect(parseDate(format, "2023-02-29")).toBeNull();
  expect(parseDate(format, "2023-02-28x")).toBeNull();
});

test("an unknown directive is refused", () => {
  expect(() => parseDateFormat("%Y-W%V")).toThrow(InvalidDateFormat);
  expect(() => parseDateFormat("%B".repeat(10))).toThrow("%B more than once");
});

test("a name that every object has is text like any other", () => {
  const format = parseDateFormat("%Yconstructor%m");

  expect(formatDate(format, Date.UTC(2024, 4, 1), 0)).toBe("2024constructor05");
  expect(parseDate(format, "2024constructor05")).toEqual({ wall: Date.UTC(2024, 4, 1), offset: null });
});
