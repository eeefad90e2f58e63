import { expect, expectTypeOf, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { assetRef } from "../assets/dependency.ts";
import { job } from "../jobs/job.ts";
import { daily } from "../partitions/partitions.ts";
import { runRequest } from "../ticks/tick-outcome.ts";
import { evaluateSensor } from "../testing/evaluate.ts";
import { sensedMaterialization, sensedRun } from "../testing/sensed.ts";
import { assetSensor, multiAssetSensor } from "./asset-sensor.ts";
import { runStatusSensor } from "./run-status-sensor.ts";

const sales = asset("sales", { partitions: daily({ start: "2024-01-01" }) }, () => 1);
const users = assetRef<number>("crm/users");
const report = asset("report", () => 1);
const reportJob = job("report_job", { selection: [report] });
const NOTHING = { runRequests: [], skipReason: "Nothing new that it watches for", error: null };

test("a sensor on an asset sees its new materializations, typed by its partitions", async () => {
  const onSales = assetSensor("on_sales", { asset: sales, job: reportJob }, (context) =>
    context.materializations.map(({ partitionKey }) => {
      expectTypeOf(partitionKey).toEqualTypeOf<string>();
      return runRequest({ runKey: partitionKey });
    }),
  );
  assetSensor("on_users", { asset: users, job: reportJob }, ({ materializations: [first] }) => {
    expectTypeOf(first.partitionKey).toEqualTypeOf<null>();
  });

  const events = ["2024-01-01", "2024-01-02"].map((key) =>
    sensedMaterialization(sales, { partitionKey: key }),
  );
  const result = await evaluateSensor(onSales, { events: [...events, sensedMaterialization(users)] });

  expect(onSales).toMatchObject({ kind: "asset", watch: { assets: ["sales"] } });
  expect(result.runRequests.map(({ runKey }) => runKey)).toEqual(["2024-01-01", "2024-01-02"]);
});

test("its code is not called while nothing has happened that it watches", async () => {
  const onSales = assetSensor("on_sales", { asset: sales, job: reportJob }, () => {
    throw new Error("called");
  });

  expect(await evaluateSensor(onSales)).toMatchObject(NOTHING);
  expect(await evaluateSensor(onSales, { events: [sensedMaterialization(users)] })).toMatchObject(NOTHING);
});

test("a sensor on several assets waits for one of them or for all", async () => {
  const counts: number[][] = [];
  const define = (name: string, when: "any" | "all") =>
    multiAssetSensor(name, { assets: [sales, users], when, job: reportJob }, (context) => {
      expectTypeOf(context.materializationsOf(sales)[0]?.partitionKey).toEqualTypeOf<string | undefined>();
      // @ts-expect-error the sensor does not watch the report
      context.materializationsOf(report);
      counts.push([context.materializationsOf(sales).length, context.materializationsOf(users).length]);
      return runRequest();
    });
  const one = [sensedMaterialization(sales, { partitionKey: "2024-01-01" })];
  const both = [...one, sensedMaterialization(users)];

  expect((await evaluateSensor(define("any", "any"), { events: one })).runRequests).toHaveLength(1);
  expect(await evaluateSensor(define("all", "all"), { events: one })).toMatchObject(NOTHING);
  expect((await evaluateSensor(define("all", "all"), { events: both })).runRequests).toHaveLength(1);
  expect(counts).toEqual([
    [1, 0],
    [1, 1],
  ]);
});

test("a sensor on runs sees those of its jobs with its statuses, and need not launch anything", async () => {
  const seen: string[] = [];
  const onFailure = runStatusSensor(
    "on_failure",
    { statuses: ["FAILURE"], monitors: [reportJob] },
    (context) => {
      for (const run of context.runs) seen.push(run.runId);
    },
  );
  const events = [
    sensedRun("report_job", "FAILURE", { runId: "a" }),
    sensedRun("report_job", "SUCCESS", { runId: "b" }),
    sensedRun("other", "FAILURE", { runId: "c" }),
  ];

  expect(onFailure).toMatchObject({ kind: "run_status", jobs: [] });
  expect(await evaluateSensor(onFailure, { events })).toMatchObject({ runRequests: [], error: null });
  expect(seen).toEqual(["a"]);
});

test("a sensor that watches nothing is refused at its place", () => {
  expect(() => multiAssetSensor("s", { assets: [], job: reportJob }, () => {})).toThrow(
    /sensor "s" \(.*watching-sensors\.test\.ts:\d+\) watches no asset/,
  );
  expect(() => runStatusSensor("s", { statuses: [] }, () => {})).toThrow(/watches for no status/);
  expect(() => runStatusSensor("s", { statuses: ["FAILURE"], monitors: [] }, () => {})).toThrow(
    /monitors no job/,
  );
});
