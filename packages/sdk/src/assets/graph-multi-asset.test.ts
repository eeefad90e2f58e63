import { z } from "zod";
import { expect, expectTypeOf, test } from "vitest";
import { checkSpec } from "./check-spec.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { graph } from "../graphs/graph.ts";
import type { Handle } from "../graphs/handle.ts";
import { op } from "../graphs/op.ts";
import { optionalOutput, output } from "../graphs/op-outputs.ts";
import { materialize } from "../testing/execute.ts";
import type { Asset } from "./asset-definition.ts";
import { asset } from "./asset.ts";
import { materializeResult } from "./asset-result.ts";
import { assetSpec } from "./asset-spec.ts";
import { graphMultiAsset } from "./graph-multi-asset.ts";

interface Shop {
  readonly orders: readonly number[];
  readonly users: readonly string[];
}
const raw = asset("raw", (): Shop => ({ orders: [3, 1], users: ["ada"] }));
const pickOrders = op("pick_orders", (_context, shop: Shop) => shop.orders);
const pickUsers = op("pick_users", (_context, shop: Shop) => shop.users);
const sort = op("sort", (_context, numbers: readonly number[]) => numbers.toSorted((a, b) => a - b));

const specs = {
  orders: assetSpec<readonly number[]>({ group: "shop", key: "shop/orders" }),
  users: assetSpec<readonly string[]>(),
};

test("the ops of the graph are steps, and each asset has its value", async () => {
  const shop = graphMultiAsset("shop", { deps: [raw], assets: specs }, (data) => {
    expectTypeOf(data).toEqualTypeOf<Handle<Shop>>();
    return { orders: sort(pickOrders(data)), users: pickUsers(data) };
  });
  const { orders, users } = shop.assets;
  expectTypeOf(orders).toEqualTypeOf<Asset<readonly number[], undefined, string, undefined>>();
  const report = asset("report", { deps: [orders, users] }, (_context, numbers, names) => [
    ...numbers,
    ...names,
  ]);

  const result = await materialize([raw, shop, report]);

  expect(result.value(report)).toEqual([1, 3, "ada"]);
  expect(result.eventsOf("STEP_SUCCESS").map(({ stepKey }) => stepKey)).toEqual([
    "raw",
    "shop.pick_orders",
    "shop.pick_users",
    "shop.sort",
    "shop",
    "report",
  ]);
  expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([
    { assetKey: "raw" },
    { assetKey: "shop/orders", stepKey: "shop" },
    { assetKey: "users", stepKey: "shop" },
    { assetKey: "report" },
  ]);
});

test("what the graph returns must fit the assets", () => {
  graphMultiAsset("wrong", { deps: [raw], assets: specs }, (data) => ({
    orders: pickOrders(data),
    // @ts-expect-error numbers are no names
    users: pickOrders(data),
  }));
  const missing = () =>
    // @ts-expect-error there are no users
    graphMultiAsset("wrong", { deps: [raw], assets: specs }, (data) => ({ orders: pickOrders(data) }));
  expect(missing).toThrow(DefinitionError);
  expect(missing).toThrow(
    /graph multi-asset "wrong" .*graph-multi-asset\.test\.ts:\d+.*no handle for its asset "users"/,
  );
  const more = () =>
    graphMultiAsset("wrong", { deps: [raw], assets: { orders: assetSpec<readonly number[]>() } }, (data) => ({
      orders: pickOrders(data),
      gold: pickOrders(data),
    }));
  expect(more).toThrow('the body returns "gold", which is none of its assets');
  const passed = () =>
    graphMultiAsset("wrong", { deps: [raw], assets: { shop: assetSpec<Shop>() } }, (shop) => ({ shop }));
  expect(passed).toThrow('the body must return for "shop" what one of its ops returned');
});

test("one output may be several assets, also from a nested graph", async () => {
  const inner = graph("inner", (data: Handle<Shop>) => ({ numbers: pickOrders(data) }));
  const twins = graphMultiAsset(
    "twins",
    { deps: [raw], assets: { one: assetSpec<readonly number[]>(), two: assetSpec<readonly number[]>() } },
    (data) => {
      const { numbers } = inner(data);
      return { one: numbers, two: numbers };
    },
  );

  const result = await materialize([raw, twins]);

  expect(result.value(twins.assets.one)).toEqual([3, 1]);
  expect(result.value(twins.assets.two)).toEqual([3, 1]);
});

test("an output that an op leaves out leaves out its asset and what depends on it", async () => {
  const split = op(
    "split",
    { outputs: { always: output<number>(), maybe: optionalOutput<number>() } },
    () => ({
      always: 1,
    }),
  );
  const parts = graphMultiAsset(
    "parts",
    { assets: { always: assetSpec<number>(), maybe: assetSpec<number>({ required: false }) } },
    () => split(),
  );
  const after = asset("after", { deps: [parts.assets.maybe] }, (_context, value) => value);

  const result = await materialize([parts, after]);

  expect(result.value(parts.assets.always)).toBe(1);
  expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([{ assetKey: "always" }]);
  expect(result.eventsOf("STEP_SKIPPED")).toMatchObject([{ stepKey: "after" }]);
});

test("finish says more about what the graph returned", async () => {
  const shop = graphMultiAsset(
    "shop",
    { deps: [raw], assets: { rows: assetSpec<number>({ checks: [checkSpec("some")] }) } },
    (data) => ({ rows: pickOrders(data) }),
    (context, { rows = [] }) => {
      expectTypeOf(rows).toEqualTypeOf<readonly number[]>();
      expect([...context.selectedAssets]).toEqual(["rows"]);
      return {
        rows: materializeResult({
          value: rows.length,
          metadata: { rows: rows.length },
          checks: { some: rows.length > 0 },
        }),
      };
    },
  );

  const result = await materialize([raw, shop]);

  expect(result.value(shop.assets.rows)).toBe(2);
  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ assetKey: "rows", passed: true }]);
});

test("a run that asks for some of the assets runs only the ops that these need, when the graph allows it", async () => {
  const make = (canSubset: boolean) =>
    graphMultiAsset("shop", { deps: [raw], assets: specs, canSubset }, (data) => ({
      orders: sort(pickOrders(data)),
      users: pickUsers(data),
    }));
  const stepsFor = async (canSubset: boolean) => {
    const { assets } = make(canSubset);
    const result = await materialize([assets.users], { values: [[raw, { orders: [], users: ["bob"] }]] });
    expect(result.value(assets.users)).toEqual(["bob"]);
    return result.eventsOf("STEP_SUCCESS").map(({ stepKey }) => stepKey);
  };

  expect(await stepsFor(true)).toEqual(["shop.pick_users", "shop"]);
  expect(await stepsFor(false)).toEqual(["shop.pick_orders", "shop.pick_users", "shop.sort", "shop"]);
});

test("a graph is run in parts where an asset comes between, with the config of the whole", async () => {
  const count = op("count", { config: z.object({ from: z.number() }) }, ({ config }) => config.from);
  const shop = graphMultiAsset(
    "shop",
    {
      assets: { stg: assetSpec<number>(), mart: assetSpec<number>({ after: ["between"] }) },
      canSubset: true,
    },
    () => ({ stg: count(), mart: count() }),
  );
  const between = asset("between", { after: [shop.assets.stg] }, () => 1);

  const result = await materialize([shop, between], {
    runConfig: { ops: { "shop.count": { config: { from: 3 } }, "shop.count_2": { config: { from: 5 } } } },
  });

  expect(result.eventsOf("STEP_SUCCESS").map(({ stepKey }) => stepKey)).toEqual([
    "shop.count",
    "shop",
    "between",
    "shop_2.count_2",
    "shop_2",
  ]);
  expect([result.value(shop.assets.stg), result.value(shop.assets.mart)]).toEqual([3, 5]);
});

test("the values that a graph receives stand in its own options", () => {
  const define = (): unknown =>
    graphMultiAsset(
      "shop",
      { deps: [raw], assets: { rows: assetSpec<readonly number[]>({ deps: [raw] }) } },
      (data) => ({ rows: pickOrders(data) }),
    );

  expect(define).toThrow('its asset "rows" has `deps`, whose values no op could receive');
});
