import { expect, test } from "vitest";
import { InvalidCron, isValidCron, parseCron } from "./cron-schedule.ts";

test("an invalid field is named together with what it may hold", () => {
  expect(() => parseCron("60 * * * *")).toThrow(
    '"60 * * * *" is not a valid cron expression: "60" is not a minute (0-59)',
  );
  expect(() => parseCron("0 0 * *")).toThrow(InvalidCron);
});

test("a single date that never comes is refused, a leap day is not", () => {
  expect(isValidCron("0 0 30 2 *")).toBe(false);
  expect(isValidCron("0 0 29 2 *")).toBe(true);
});

test("ranges wrap around, and with a step keep stepping", () => {
  expect(parseCron("0 22-4/3 * * *").timesOfDay).toEqual([60, 240, 1320]);
  expect(parseCron("50-10/10 0 * * *").timesOfDay).toEqual([0, 10, 50]);
});

test("an hour field that lists every hour counts as every hour", () => {
  expect(parseCron("0 0-23 * * *").everyHour).toBe(true);
  expect(parseCron("0 */1 * * *").everyHour).toBe(true);
  expect(parseCron("0 0-22 * * *").everyHour).toBe(false);
});
