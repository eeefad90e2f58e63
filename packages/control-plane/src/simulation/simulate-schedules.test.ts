import { expect, test } from "vitest";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import { listCronTimes } from "./list-cron-times.ts";
import { simulateSchedules } from "./simulate-schedules.ts";

const database = await createSimulatedDatabase();

test("whatever goes wrong on a day of schedules of mixed crons, each of their times is decided once, the same each time", async () => {
  const day = { seed: 11, schedules: 30, hours: 24 };

  const once = await simulateSchedules(database, day);

  expect(await simulateSchedules(database, day)).toEqual(once);
  expect(once.outages * once.setBacks * once.crashes * once.deploys).toBeGreaterThan(0);
  expect(once.ticks).toBeGreaterThanOrEqual(once.runs);
  expect(once.runs).toBeGreaterThan(100);
}, 120_000);

test("the other reading of cron takes numbers, ranges and steps", () => {
  const midnight = Date.UTC(2025, 0, 3) - 1;
  const listHours = (cron: string): string[] =>
    listCronTimes(cron, midnight, midnight + 86_400_000).map((time) =>
      new Date(time).toISOString().slice(11, 16),
    );

  expect(listHours("*/30 8-9 * * 1-5")).toEqual(["08:00", "08:30", "09:00", "09:30"]);
  expect(listHours("15 8 3 1 5")).toEqual(["08:15"]);
  expect(listHours("15 8 * * 6")).toEqual([]);
});
