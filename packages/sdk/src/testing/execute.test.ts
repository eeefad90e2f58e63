import { expect, test } from "vitest";
import { z } from "zod";
import { asset } from "../assets/asset.ts";
import { materializeResult } from "../assets/asset-result.ts";
import { assetCheck } from "../checks/asset-check.ts";
import { job } from "../jobs/job.ts";
import { op } from "../graphs/op.ts";
import { resource } from "../resources/resource.ts";
import { executeJob, materialize } from "./execute.ts";

const warehouse = resource("warehouse", {
  config: z.object({ path: z.string() }),
  setup: ({ config }) => ({ table: (name: string) => `${config.path}/${name}` }),
});
const rawOrders = asset("raw_orders", async () => [{ total: 3 }, { total: -1 }]);
const cleanOrders = asset(
  "clean_orders",
  { deps: [rawOrders], config: z.object({ minTotal: z.number().default(0) }), resources: { db: warehouse } },
  async (context, raw) => {
    context.log.info(`writing ${context.resources.db.table("orders")}`);
    const orders = raw.filter((order) => order.total >= context.config.minTotal);
    return materializeResult({ value: orders, metadata: { rows: orders.length } });
  },
);
const positive = assetCheck("positive", { asset: cleanOrders, blocking: true }, async (_context, orders) => ({
  passed: orders.every((order) => order.total > 0),
}));
const report = asset("report", { deps: [cleanOrders] }, (_context, orders) => `${orders.length} orders`);
const withWarehouse = { runConfig: { resources: { warehouse: { config: { path: "/data" } } } } };

test("assets run in order and hand their values on", async () => {
  const result = await materialize([report, cleanOrders, rawOrders, positive], withWarehouse);

  expect(result.value(report)).toBe("1 orders");
  expect(
    result.events.map(
      (event) => ("stepKey" in event && event.stepKey ? `${event.stepKey} ` : "") + event.type,
    ),
  ).toEqual([
    "RUN_START",
    "RESOURCE_INIT_STARTED",
    "RESOURCE_INIT_SUCCESS",
    ...["STEP_START", "STEP_OUTPUT", "HANDLED_OUTPUT", "ASSET_MATERIALIZATION", "STEP_SUCCESS"].map(
      (type) => `raw_orders ${type}`,
    ),
    ...[
      "STEP_START",
      "LOADED_INPUT",
      "LOG",
      "STEP_OUTPUT",
      "HANDLED_OUTPUT",
      "ASSET_MATERIALIZATION",
      "STEP_SUCCESS",
    ].map((type) => `clean_orders ${type}`),
    ...["STEP_START", "LOADED_INPUT", "ASSET_CHECK_EVALUATION", "STEP_SUCCESS"].map(
      (type) => `clean_orders_positive ${type}`,
    ),
    ...[
      "STEP_START",
      "LOADED_INPUT",
      "STEP_OUTPUT",
      "HANDLED_OUTPUT",
      "ASSET_MATERIALIZATION",
      "STEP_SUCCESS",
    ].map((type) => `report ${type}`),
    "RUN_SUCCESS",
  ]);
  expect(result.eventsOf("LOG")[0]?.message).toBe("writing /data/orders");
  expect(result.eventsOf("ASSET_MATERIALIZATION")[1]?.metadata).toEqual({ rows: { type: "int", value: 1 } });
});

test("a blocking check holds back what is downstream of its asset", async () => {
  const result = await materialize([report, cleanOrders, rawOrders, positive], {
    ...withWarehouse,
    config: { clean_orders: { minTotal: -5 } },
    throwOnFailure: false,
  });

  expect(result.outcome).toBe("FAILURE");
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")[0]).toMatchObject({ passed: false, blocking: true });
  expect(result.eventsOf("STEP_FAILURE")[0]?.error.code).toBe("blocking_check_failed");
  expect(result.eventsOf("STEP_START").map((event) => event.stepKey)).not.toContain("report");
});

test("values of assets that are not made are given by the test, and resources by plain values", async () => {
  const result = await materialize([cleanOrders], {
    values: [[rawOrders, [{ total: 7 }]]],
    resources: { warehouse: { table: (name: string) => name } },
  });

  expect(result.value(cleanOrders)).toEqual([{ total: 7 }]);
});

test("a check runs alone, on the value that is stored", async () => {
  const result = await materialize([positive], {
    values: [[cleanOrders, [{ total: -7 }]]],
    throwOnFailure: false,
  });

  expect(result.eventsOf("STEP_START").map((event) => event.stepKey)).toEqual(["clean_orders_positive"]);
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
    { assetKey: "clean_orders", passed: false },
  ]);
});

test("a failing run throws what went wrong, unless the test wants to look itself", async () => {
  const broken = asset("broken", () => {
    throw new RangeError("too much");
  });

  await expect(materialize([broken])).rejects.toMatchObject({
    code: "steps_failed",
    message: "Step broken failed: too much",
    cause: { name: "RangeError" },
  });
});

test("a job of assets runs what it selects", async () => {
  const upToReport = job("up_to_report", { selection: "+report" });
  const assets = [rawOrders, cleanOrders, report];

  const result = await executeJob(upToReport, {
    assets,
    values: [[rawOrders, [{ total: 7 }]]],
    ...withWarehouse,
  });

  expect(result.eventsOf("ASSET_MATERIALIZATION").map((event) => event.assetKey)).toEqual([
    "clean_orders",
    "report",
  ]);
});

test("a wrong config fails the run before it starts, and names every place", async () => {
  const result = await materialize([rawOrders, cleanOrders], {
    config: { clean_orders: { minTotal: "much" }, raw_order: {} },
    throwOnFailure: false,
  });

  const [failure] = result.eventsOf("RUN_FAILURE");
  expect(failure?.reason).toBe("JOB_INITIALIZATION_FAILURE");
  expect(failure?.message).toContain(
    "ops.clean_orders.config.minTotal: Invalid input: expected number, received string",
  );
  expect(failure?.message).toContain("ops.raw_order: there is no such step");
  expect(failure?.message).toContain("resources.warehouse.config.path");
});

test("a job of ops connects what its body calls", async () => {
  const one = op("one", async () => 1);
  const add = op("add", { inputs: ["a", "b"] }, async (_context, a: number, b: number) => a + b);
  const total = op("total", async (_context, numbers: number[]) =>
    numbers.reduce((sum, number) => sum + number, 0),
  );
  const numbers = op(
    "numbers",
    { dynamic: true },
    async () =>
      new Map([
        ["x", 10],
        ["y", 20],
      ]),
  );
  const twice = op("twice", async (_context, number: number) => number * 2);
  const sums = job("sums", () => {
    const two = add(one(), one());
    total([two, two, one()]);
    total.with({ alias: "total_of_many" })(numbers().map(twice).collect());
  });

  const result = await executeJob(sums);

  expect(result.output("total")).toBe(5);
  expect(result.output("total_of_many")).toBe(60);
  expect(result.output("twice[y]")).toBe(40);
});

test("a job can run some of its steps, selected by clauses", async () => {
  const ran: string[] = [];
  const load = op("load", () => ran.push("load"));
  const clean = op("clean", (_context, _rows: number) => ran.push("clean"));
  const report = op("report", (_context, _rows: number) => ran.push("report"));
  const nightly = job("nightly", () => void report(clean(load())));

  await executeJob(nightly, { select: ["*clean"] });
  expect(ran).toEqual(["load", "clean"]);
  await expect(executeJob(nightly, { select: ["+lod"] })).rejects.toThrow(
    'The steps selected of job "nightly": There is no op or step "lod"\n  +lod\n   ^',
  );
  await expect(executeJob(nightly, { select: ["load & clean"] })).rejects.toThrow(
    "\n  load & clean\n       ^",
  );
});
