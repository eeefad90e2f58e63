import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { job } from "../jobs/job.ts";
import { dynamicPartitions } from "../partitions/partitions.ts";
import { valueResource } from "../resources/resource.ts";
import { addPartitions, deletePartitions } from "../ticks/partitions-request.ts";
import { sensor } from "../sensors/sensor.ts";
import { evaluateSchedule, evaluateSensor } from "../testing/evaluate.ts";
import { schedule } from "./schedule.ts";
import { runRequest, skip } from "../ticks/tick-outcome.ts";

const orders = asset("orders", async () => 1);
const daily = job("daily", { selection: [orders] });
const scheduledAt = new Date("2024-05-01T06:00:00Z");

test("a schedule without code launches one run per tick", async () => {
  const morning = schedule("morning", { cron: "0 6 * * *", job: daily, tags: { team: "shop" } });

  expect(await evaluateSchedule(morning, { scheduledAt })).toEqual({
    runRequests: [
      {
        runKey: null,
        jobName: "daily",
        assetSelection: null,
        partitionKey: null,
        runConfig: {},
        tags: { team: "shop" },
      },
    ],
    partitionsRequests: [],
    assetEvents: [],
    skipReason: null,
    cursor: null,
    error: null,
  });
});

test("the code of a schedule sees its tick and its resources", async () => {
  const calendar = valueResource("calendar", { isHoliday: (day: string) => day === "2024-05-01" });
  const workdays = schedule(
    "workdays",
    { cron: "0 6 * * *", target: [orders], resources: { calendar } },
    (context) => {
      const day = context.scheduledAt.toISOString().slice(0, 10);
      return context.resources.calendar.isHoliday(day)
        ? skip(`${day} is a holiday`)
        : runRequest({ runKey: day });
    },
  );

  expect(await evaluateSchedule(workdays, { scheduledAt })).toMatchObject({
    runRequests: [],
    skipReason: "2024-05-01 is a holiday",
  });
  expect(
    await evaluateSchedule(workdays, { scheduledAt, resources: { calendar: { isHoliday: () => false } } }),
  ).toMatchObject({
    runRequests: [{ runKey: "2024-05-01", jobName: "__workdays" }],
  });
});

test("a sensor's cursor holds even when its code fails later", async () => {
  const files = sensor("files", { job: daily }, (context) => {
    context.setCursor(`${context.cursor ?? ""}b`);
    throw new Error("no network");
  });

  const result = await evaluateSensor(files, { cursor: "a" });

  expect(result).toMatchObject({
    cursor: "ab",
    runRequests: [],
    error: { name: "Error", message: "no network" },
  });
});

test("what a sensor has handed over at checkpoints counts even when its code fails later", async () => {
  const backlog = sensor("backlog", { job: daily }, (context) => {
    for (const file of ["a", "b"]) context.checkpoint(file, runRequest({ runKey: file }));
    throw new Error("no network");
  });

  expect(await evaluateSensor(backlog)).toMatchObject({
    cursor: "b",
    runRequests: [{ runKey: "a" }, { runKey: "b" }],
    error: { message: "no network" },
  });
});

test("a cursor that is no text fails the tick and changes none", async () => {
  const counting = sensor("counting", { job: daily }, (context) =>
    context.setCursor(JSON.parse("5") as string),
  );

  expect(await evaluateSensor(counting, { cursor: "4" })).toMatchObject({
    cursor: "4",
    error: { message: expect.stringContaining('The cursor of sensor "counting" must be text, not 5') },
  });
});

test("a run request of a sensor with several jobs must name one of them, and there may not be too many", async () => {
  const hourly = job("hourly", { selection: [orders] });
  const any = sensor("any", { jobs: [daily, hourly] }, () => runRequest());
  const one = sensor("one", { jobs: [daily, hourly] }, () => [runRequest({ job: hourly, assets: [orders] })]);

  expect((await evaluateSensor(any)).error).toMatchObject({ code: "unknown_job" });
  const many = sensor("many", { job: daily }, () => Array.from({ length: 5_001 }, () => runRequest()));
  expect((await evaluateSensor(many)).error).toMatchObject({ code: "too_many_runs" });
  expect((await evaluateSensor(one)).runRequests).toMatchObject([
    { jobName: "hourly", assetSelection: ["orders"] },
  ]);
});

test("a run config that is no JSON fails the tick, which says whose it is", async () => {
  const ops: Record<string, object> = {};
  ops["load"] = { config: { itself: ops } };
  const circular = sensor("circular", { job: daily }, () => runRequest({ runKey: "k", runConfig: { ops } }));

  expect((await evaluateSensor(circular)).error).toMatchObject({
    code: "invalid_config",
    message: expect.stringMatching(
      /^The run config of the run request "k" of sensor "circular" is no JSON: /,
    ),
  });
});

test("a sensor asks for keys of dynamic partitions beside the runs for them", async () => {
  const files = dynamicPartitions("files");
  const rows = asset("rows", { partitions: files }, (context) => context.partitionKey);
  const found = sensor("found", { target: [rows] }, () => [
    addPartitions(files, ["a", "b"]),
    runRequest({ partitionKey: "a" }),
    deletePartitions("files", ["old"]),
  ]);
  const only = sensor("only", { target: [rows] }, () => deletePartitions(files, ["a"]));
  const bad = sensor("bad", { target: [rows] }, () => addPartitions(files, ["a|b"]));

  expect(await evaluateSensor(found)).toMatchObject({
    runRequests: [{ partitionKey: "a" }],
    partitionsRequests: [
      { action: "add", name: "files", keys: ["a", "b"] },
      { action: "delete", name: "files", keys: ["old"] },
    ],
    error: null,
  });
  expect((await evaluateSensor(only)).partitionsRequests).toEqual([
    { action: "delete", name: "files", keys: ["a"] },
  ]);
  expect((await evaluateSensor(bad)).error).toMatchObject({ code: "invalid_partition_key" });
});

test.each([
  [
    "a job",
    daily,
    "target must be text or a list of assets and checks, but is job: write job: in place of target:",
  ],
  ["one asset", orders, "but is asset: write target: [ … ] around it"],
  ["a job in a list", [daily], "target[0] must be of kind asset or asset check, but is job"],
  ["a number", 7, "but is number"],
])("a target that is %s is refused at its place", (_what, target, message) => {
  expect(() => schedule("s", { cron: "@daily", target: target as never })).toThrow(
    new RegExp(`schedule "s" \\(.*schedule\\.test\\.ts:\\d+\\): .*${RegExp.escape(message)}`),
  );
});

test("a bad cron expression or time zone is refused at its place", () => {
  expect(() => schedule("s", { cron: "0 25 * * *", job: daily })).toThrow(
    /schedule "s" \(.*schedule\.test\.ts:\d+\): .*25/,
  );
  expect(() => schedule("s", { cron: "@daily", timezone: "Berlin", job: daily })).toThrow(
    /schedule\.test\.ts:\d+\): .*Berlin/,
  );
  expect(() => schedule("s", { cron: "@daily" })).toThrow("must have either a job or a target");
  expect(() => schedule("s", { cron: "@daily", job: daily, catchup: { all: 0 } })).toThrow(
    /schedule\.test\.ts:\d+\): catchup must be "skip", "latest" or \{ all: … \}/,
  );
});
