import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { daily } from "../partitions/partitions.ts";
import { schedule } from "../schedules/schedule.ts";
import { runRequest, skip } from "../ticks/tick-outcome.ts";
import { evaluateScheduleTicks } from "./evaluate-schedule-ticks.ts";

const orders = asset("orders", () => 1);
// New York changes its clocks on the 8th.
const from = new Date("2026-03-05T07:30:00Z");
const to = new Date("2026-03-12T06:30:00Z");

test("a week of a schedule is every tick between two instants, the first one included, as its time zone has them", async () => {
  const nightly = schedule("nightly", {
    cron: "30 2 * * *",
    timezone: "America/New_York",
    target: [orders],
  });
  const week = await evaluateScheduleTicks(nightly, { from, to });

  expect(week.map(({ scheduledAt }) => scheduledAt.toISOString())).toEqual([
    "2026-03-05T07:30:00.000Z",
    "2026-03-06T07:30:00.000Z",
    "2026-03-07T07:30:00.000Z",
    "2026-03-08T07:00:00.000Z",
    "2026-03-09T06:30:00.000Z",
    "2026-03-10T06:30:00.000Z",
    "2026-03-11T06:30:00.000Z",
  ]);
  expect(week.every(({ runRequests }) => runRequests.length === 1)).toBe(true);
});

test("each tick's code is told of its time and of the tick before; partitions are those of that time", async () => {
  const sales = asset("sales", { partitions: daily({ start: "2026-03-01" }) }, () => 1);
  const twice = schedule(
    "twice",
    { cron: ["0 6 * * *", "0 18 * * *"], target: [sales] },
    ({ scheduledAt, lastTickAt }) =>
      scheduledAt.getUTCHours() === 6
        ? runRequest({ partitionKey: "2026-03-05" })
        : skip(String(lastTickAt?.getUTCHours())),
  );
  const days = await evaluateScheduleTicks(twice, {
    from: new Date("2026-03-06T00:00:00Z"),
    to: new Date("2026-03-08T00:00:00Z"),
    lastTickAt: new Date("2026-03-05T18:00:00Z"),
  });

  expect(days.map(({ runRequests, skipReason }) => runRequests[0]?.partitionKey ?? skipReason)).toEqual([
    "2026-03-05",
    "6",
    "2026-03-05",
    "6",
  ]);
});

test.each([
  [new Date("nonsense"), to, "`from` is not a date"],
  [to, from, "lies before `from`"],
  [new Date(0), to, "more than 20000 times"],
])("times that make no sense are refused: %s", async (begin, end, problem) => {
  const often = schedule("often", { cron: "* * * * *", target: [orders] });
  await expect(evaluateScheduleTicks(often, { from: begin, to: end })).rejects.toThrow(problem);
});
