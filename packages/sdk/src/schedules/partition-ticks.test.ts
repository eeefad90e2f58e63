import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { job } from "../jobs/job.ts";
import { op } from "../graphs/op.ts";
import { daily, dynamicPartitions, multiPartitions, staticPartitions } from "../partitions/partitions.ts";
import { evaluateSchedule } from "../testing/evaluate.ts";
import { schedule } from "./schedule.ts";
import { runRequest } from "../ticks/tick-outcome.ts";

const days = daily({ start: "2024-05-01", timezone: "Europe/Berlin", hourOffset: 3 });
const sales = asset("sales", { partitions: days }, (context) => context.partitionKey);
const work = op("work", () => 1);

test("a schedule of partitions ticks when a window ends and launches that window, once", async () => {
  const everyDay = schedule("every_day", { target: [sales] });

  expect(everyDay).toMatchObject({ cron: ["0 3 * * *"], timezone: "Europe/Berlin" });
  const scheduledAt = new Date("2024-05-03T01:00:00Z"); // 03:00 in Berlin
  expect(await evaluateSchedule(everyDay, { scheduledAt })).toMatchObject({
    error: null,
    runRequests: [{ jobName: "__every_day", partitionKey: "2024-05-02", runKey: "2024-05-02" }],
  });
});

test("before the first window has ended there is nothing to launch", async () => {
  const everyDay = schedule("every_day", { target: [sales] });
  const result = await evaluateSchedule(everyDay, { scheduledAt: new Date("2024-05-01T01:00:00Z") });

  expect(result).toMatchObject({ runRequests: [], skipReason: "No partition exists yet" });
});

test("a job of ops tells its partitions itself; other dimensions are launched together", async () => {
  const partitions = multiPartitions({ day: days, country: staticPartitions(["de", "fr"]) });
  const run = job("run", { partitions }, () => void work());
  const result = await evaluateSchedule(schedule("daily", { job: run }), {
    scheduledAt: new Date("2024-05-03T01:00:00Z"),
  });

  expect(result.runRequests.map(({ partitionKey }) => partitionKey)).toEqual([
    "de|2024-05-02",
    "fr|2024-05-02",
  ]);
});

test("its own code decides what to launch at the ticks of the partitions", async () => {
  const own = schedule("own", { target: [sales] }, () => runRequest({ partitionKey: "2024-05-01" }));
  const result = await evaluateSchedule(own, { scheduledAt: new Date("2024-05-09T01:00:00Z") });

  expect(own.cron).toEqual(["0 3 * * *"]);
  expect(result.runRequests).toMatchObject([{ partitionKey: "2024-05-01" }]);
});

test.each([
  ["has no partitions", "no partitions with one dimension of time", job("none", () => void work())],
  ["selects by text", "give the assets themselves", job("text", { selection: "sales" })],
  [
    "has static partitions",
    "no partitions with one dimension of time",
    job("static", { partitions: staticPartitions(["a"]) }, () => void work()),
  ],
  [
    "has dynamic ones among its dimensions",
    "no partitions with one dimension of time, and no dynamic one",
    job(
      "dynamic",
      { partitions: multiPartitions({ day: days, customer: dynamicPartitions("customers") }) },
      () => void work(),
    ),
  ],
])("a job that %s needs a cron expression, and hears why", (_what, why, of) => {
  const make = () => schedule("s", { job: of });
  expect(make).toThrow(/schedule "s" \(.*partition-ticks\.test\.ts:\d+\) needs a cron expression/);
  expect(make).toThrow(why);
});
