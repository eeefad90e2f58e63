import { expect, test } from "vitest";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import { matchesCron } from "./matches-cron.ts";
import { simulateSchedules } from "./simulate-schedules.ts";

const database = await createSimulatedDatabase();

test("a day of schedules of mixed crons decides each of their times once, also after hours without anybody", async () => {
  const { ticks, runs, outages } = await simulateSchedules(database, { seed: 2, schedules: 20, hours: 24 });

  expect(outages).toBeGreaterThan(0);
  expect(runs).toBeGreaterThan(100);
  expect(ticks).toBeGreaterThanOrEqual(runs);
});

test("the other reading of cron takes numbers, ranges and steps", () => {
  const friday = Date.UTC(2025, 0, 3, 8, 15);
  expect(matchesCron("*/15 8-17 * * 1-5", friday)).toBe(true);
  expect(matchesCron("*/15 9-17 * * 1-5", friday)).toBe(false);
  expect(matchesCron("15 8 3 1 5", friday)).toBe(true);
  expect(matchesCron("15 8 * * 6", friday)).toBe(false);
});
