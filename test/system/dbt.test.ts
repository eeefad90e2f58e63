import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findTestDbt, loadTestDbt, type LoadedDbt } from "millrace-dbt/internal/test-dbt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";
import type { Stack } from "./stack.ts";
import { startTestStack } from "./test-stack.ts";

const shop = fileURLToPath(new URL("../../examples/shop", import.meta.url));
/** One day's orders through dbt, Python, and dbt again. */
const CHAIN = ["raw/orders", "stg_orders", "customer_scores", "daily_revenue"];

const found = await findTestDbt();
if ("missing" in found) console.warn(`Skipped: ${found.missing}`);
const python = "python" in found ? found.python : "";

let stack: Stack;
let project: TestProject;
let dbt: LoadedDbt;

async function staleOf(partitionKey: string): Promise<Record<string, string>> {
  const { assets } = await stack.query<{ assets: { nodes: { key: string; status: string }[] } }>(
    `query ($partitionKey: String) { assets { nodes { key status: staleStatus(partitionKey: $partitionKey) } } }`,
    { partitionKey },
  );
  const chain = assets.nodes.filter(({ key }) => CHAIN.includes(key));
  return Object.fromEntries(chain.map(({ key, status }) => [key, status]));
}

async function make(assetSelection: readonly string[], partitions: Record<string, unknown> = {}) {
  return stack.awaitEnd(await stack.launch({ assetSelection, ...partitions }));
}

describe.skipIf("missing" in found)("the shop, with the real dbt on DuckDB", () => {
  beforeAll(async () => {
    project = createProject({});
    cpSync(shop, project.folder, {
      recursive: true,
      filter: (path) => !/\/(target|logs|data|node_modules)$|\.duckdb$/.test(path),
    });
    dbt = await loadTestDbt(python);
    stack = await startTestStack({ agent: false });
    stack.startAgent({ SHOP_PYTHON: python, ...dbt.env });
    const { latest } = await stack.load("shop", project.folder);
    if (latest.error) throw new Error(latest.error.message);
  });
  afterAll(async () => {
    await stack.stop();
    await dbt.close();
    project.remove();
  });

  test("models, seeds, snapshots and what stands between them are one lineage", async () => {
    const { assetGraph } = await stack.query<{ assetGraph: { key: string; dependencies: string[] }[] }>(
      "{ assetGraph { key dependencies } }",
    );

    const lineage = Object.fromEntries(
      assetGraph.map(({ key, dependencies }) => [key, dependencies.toSorted()]),
    );
    expect(lineage).toEqual({
      "raw/orders": [],
      products: [],
      prices: ["products"],
      stg_orders: ["raw/orders"],
      customer_scores: ["stg_orders"],
      daily_revenue: ["customer_scores", "products", "stg_orders"],
      best_days: ["daily_revenue"],
    });
  });

  test("a day goes from a model through Python to a model, and its tests are checks of whole tables", async () => {
    const whole = await make(["products", "prices"]);
    const run = await make(CHAIN, { partitionKey: "2026-01-01" });

    expect(whole.status).toBe("SUCCESS");
    expect(run.status).toBe("SUCCESS");
    expect(run.steps.map(({ key, state }) => [key, state])).toEqual([
      ["raw__orders", "success"],
      ["dbt_daily", "success"],
      ["customer_scores", "success"],
      ["dbt_daily_2", "success"],
    ]);
    const events = [...whole.events.nodes, ...run.events.nodes];
    const made = events.filter(({ type }) => type === "ASSET_MATERIALIZATION").map(({ event }) => event);
    expect(made.map(({ assetKey, partition }) => [assetKey, partition])).toEqual([
      ["products", null],
      ["prices", null],
      ...CHAIN.map((key) => [key, "2026-01-01"]),
    ]);
    expect(made[0]).toMatchObject({ metadata: { rows_affected: { value: 3 }, execution_seconds: {} } });
    const checked = events.filter(({ type }) => type === "ASSET_CHECK_EVALUATION").map(({ event }) => event);
    expect(
      Object.fromEntries(
        checked.map((check) => [
          check["checkName"],
          [check["assetKey"], check["partition"], check["passed"]],
        ]),
      ),
    ).toEqual({
      unique_products_product: ["products", null, true],
      not_null_products_product: ["products", null, true],
      unique_stg_orders_id: ["stg_orders", null, true],
      not_null_stg_orders_id: ["stg_orders", null, true],
      accepted_values_stg_orders_quantity__False__1__2__3: ["stg_orders", null, true],
      unique_daily_revenue_day: ["daily_revenue", null, true],
      every_day_has_revenue: ["daily_revenue", null, true],
    });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: "LOG",
        stepKey: "dbt_daily_2",
        message: expect.stringContaining("OK created sql incremental model main.daily_revenue") as string,
      }),
    );
    expect(new Set(Object.values(await staleOf("2026-01-01")))).toEqual(new Set(["FRESH"]));
  });

  test("a model that has changed is parsed by itself and stale, and what stands above it is not", async () => {
    const model = "dbt/models/marts/daily_revenue.sql";
    project.write(
      model,
      readFileSync(join(project.folder, model), "utf8").replace("sum(value) as", "max(value) as"),
    );
    const { latest } = await stack.load("shop", project.folder);

    expect(latest.error).toBeNull();
    expect(await staleOf("2026-01-01")).toEqual({
      "raw/orders": "FRESH",
      stg_orders: "FRESH",
      customer_scores: "FRESH",
      daily_revenue: "STALE",
    });
  });

  test("several days are made by one run of dbt", async () => {
    const run = await make(["raw/orders", "stg_orders"], {
      partitionRange: { start: "2026-01-02", end: "2026-01-04" },
    });

    expect(run.status).toBe("SUCCESS");
    const own = run.events.nodes.filter(({ stepKey }) => stepKey === "dbt_daily");
    const made = own.filter(({ type }) => type === "ASSET_MATERIALIZATION");
    expect(made.map(({ event }) => event["partition"])).toEqual(["2026-01-02", "2026-01-03", "2026-01-04"]);
    expect(own.filter(({ message }) => message.includes("OK created sql incremental model"))).toHaveLength(1);
  });
});
