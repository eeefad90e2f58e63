import { expect, test } from "vitest";
import { z } from "zod";
import { asset } from "../assets/asset.ts";
import { op } from "../graphs/op.ts";
import { job } from "../jobs/job.ts";
import { daily } from "../partitions/partitions.ts";
import { schedule } from "../schedules/schedule.ts";
import { sensor } from "../sensors/sensor.ts";
import { runRequest, type RunRequestOptions } from "../ticks/tick-outcome.ts";
import { evaluateSchedule, evaluateSensor } from "./evaluate.ts";

const days = daily({ start: "2024-01-01" });
const sales = asset("sales", { partitions: days }, (context) => context.partitionKey);
const load = op("load", { config: z.object({ file: z.string() }) }, () => 1);
const loadJob = job("load_job", () => {
  load();
});
const scheduledAt = new Date("2024-01-03T06:00:00Z");

const ask = (options: RunRequestOptions) =>
  evaluateSchedule(
    schedule("morning", { cron: "0 6 * * *", target: [sales] }, () => runRequest(options)),
    { scheduledAt },
  );
const askToLoad = (options: Omit<RunRequestOptions, "partitionKey">) =>
  evaluateSensor(sensor("files", { job: loadJob }, () => runRequest(options)));

test.each([
  [{ partitionKey: "zzz" }, "zzz"],
  [{ partitionKey: "2024-01-03" }, "2024-01-03"],
  [{}, "partition"],
  [{ partitionKey: "2024-01-02", assets: ["salse"] }, "salse"],
])("a run that a schedule asks for and that can't be launched is refused: %j", async (options, message) => {
  await expect(ask(options)).rejects.toThrow(message);
});

test("a run whose partition exists when the schedule ticks is one", async () => {
  expect((await ask({ partitionKey: "2024-01-02" })).runRequests).toHaveLength(1);
});

test("the run config of what a sensor asks for is checked, but for what the environment holds", async () => {
  const configOf = (config: object) => ({ runConfig: { ops: { load: { config } } } });

  await expect(askToLoad(configOf({ file: 1 }))).rejects.toThrow("ops.load.config.file");
  await expect(askToLoad({ runConfig: { ops: { laod: { config: { file: "a" } } } } })).rejects.toThrow(
    "laod",
  );
  await expect(askToLoad(configOf({ file: "a" }))).resolves.toMatchObject({ error: null });
  await expect(askToLoad(configOf({ file: { env: "NOT_SET_HERE" } }))).resolves.toMatchObject({
    error: null,
  });
});
