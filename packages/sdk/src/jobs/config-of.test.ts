import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { asset } from "../assets/asset.ts";
import type { Asset } from "../assets/asset-definition.ts";
import { assetSpec } from "../assets/asset-spec.ts";
import { externalAsset } from "../assets/external-asset.ts";
import { graphAsset } from "../assets/graph-asset.ts";
import { multiAsset } from "../assets/multi-asset.ts";
import { assetCheck } from "../checks/asset-check.ts";
import { multiAssetCheck } from "../checks/multi-asset-check.ts";
import { env } from "../config/environment.ts";
import { graph } from "../graphs/graph.ts";
import { op } from "../graphs/op.ts";
import { ioManager } from "../io/io-manager.ts";
import { job } from "./job.ts";
import { resource } from "../resources/resource.ts";
import { schedule } from "../schedules/schedule.ts";
import { sensor } from "../sensors/sensor.ts";
import { evaluateSchedule, evaluateSensor } from "../testing/evaluate.ts";
import { executeJob, materialize } from "../testing/execute.ts";
import { runRequest } from "../ticks/tick-outcome.ts";
import { configOf, toRunConfig } from "./config-of.ts";

const config = z.object({ min: z.number().default(0), unit: z.string() });
const orders = asset("shop/orders", { config }, (context) => `${context.config.min} ${context.config.unit}`);
const load = op("load", { config }, (context) => `${context.config.min} ${context.config.unit}`);
const loading = job("loading", () => void load());

test("whatever takes config is configured by value, with the type of its schema", async () => {
  const database = resource("database", { config, setup: (context) => context.config.unit });
  const stored = ioManager("stored", { config, handleOutput: () => {}, loadInput: () => 0 });
  const shop = multiAsset("shop", { config, assets: { one: assetSpec<number>() } }, () => ({ one: 1 }));
  const few = assetCheck("few", { asset: orders, config }, () => true);
  const both = multiAssetCheck("both", { checks: { one: { asset: orders } }, config }, () => ({ one: true }));
  const copy = graph("copy", { config, mapConfig: (given) => ({ load: given }) }, () => load());
  const given = { unit: "EUR" };

  expect([
    ...[orders, few, shop, shop.assets.one, both].map((definition) => configOf(definition, given).name),
    configOf(load, given).name,
    configOf(load, given, { step: "copy.load" }).name,
    configOf(copy, given).name,
  ]).toEqual(["shop__orders", "shop__orders_few", "shop", "shop", "both", "load", "copy.load", "copy"]);
  expect(configOf(database, { unit: env("UNIT"), min: 1 })).toEqual({
    section: "resources",
    name: "database",
    config: { unit: { env: "UNIT" }, min: 1 },
  });
  expect(configOf(stored, given)).toMatchObject({ section: "resources", name: "stored" });
});

test("what does not fit a schema, and what takes none, is a type error", () => {
  // @ts-expect-error a number is wanted
  configOf(orders, { min: "3", unit: "EUR" });
  // @ts-expect-error no such field
  configOf(load, { unit: "EUR", max: 3 });
  // @ts-expect-error `unit` is missing
  configOf(load, { min: 3 });
  const plain = asset("plain", () => 1);
  // @ts-expect-error it takes no config
  expect(() => configOf(plain, { min: 3 })).toThrow('asset "plain" takes no config');
  const outside = externalAsset("outside");
  // @ts-expect-error it takes no config
  expect(() => configOf(outside, {})).toThrow('asset "outside" takes no config');
  expect(() => configOf(orders, { unit: "EUR" }, { step: "load" })).toThrow(
    'asset "shop/orders" has one place: leave `step: "load"` out',
  );
  const someAsset: Asset = orders;
  expectTypeOf(configOf<unknown>)
    .parameter(1)
    .toBeUnknown();
  expect(configOf(someAsset, { anything: 1 }).name).toBe("shop__orders");
});

test("jobs, run requests and tests take it", async () => {
  const daily = job("daily", { selection: [orders], config: [configOf(orders, { min: 2, unit: "EUR" })] });
  const nightly = schedule("nightly", { cron: "0 3 * * *", job: daily }, () =>
    runRequest({ runConfig: [configOf(orders, { unit: "USD" })] }),
  );
  const watching = sensor("watching", { job: loading }, () =>
    runRequest({ runConfig: [configOf(load, { unit: "USD" })] }),
  );
  const refused = sensor("refused", { job: loading }, () =>
    runRequest({ runConfig: [configOf(orders, { unit: "USD" })] }),
  );

  expect((await executeJob(daily)).value(orders)).toBe("2 EUR");
  expect((await executeJob(loading, { config: [configOf(load, { unit: "GBP" })] })).output("load")).toBe(
    "0 GBP",
  );
  const scheduledAt = new Date("2026-01-01T03:00:00Z");
  expect((await evaluateSchedule(nightly, { scheduledAt })).runRequests[0]?.runConfig).toEqual({
    ops: { shop__orders: { config: { unit: "USD" } } },
  });
  expect((await evaluateSensor(watching)).runRequests).toHaveLength(1);
  await expect(evaluateSensor(refused)).rejects.toThrow("ops.shop__orders: there is no such step");
});

test("a step within another one is named by its place", async () => {
  const loaded = graphAsset("loaded", {}, () => load());

  const result = await materialize([loaded], {
    config: [configOf(load, { unit: "EUR" }, { step: "loaded.load" })],
  });

  expect(result.value(loaded)).toBe("0 EUR");
});

test("a list of anything else is refused", () => {
  // @ts-expect-error a config is none
  expect(() => job("j", { config: [{ unit: "EUR" }] }, () => void load())).toThrow("configOf(definition");
});

test("of two for the same thing the last one holds", () => {
  const entries = [configOf(load, { unit: "EUR" }), configOf(orders, { unit: "GBP" })];

  expect(toRunConfig([...entries, configOf(load, { unit: "USD" })])).toEqual({
    ops: { load: { config: { unit: "USD" } }, shop__orders: { config: { unit: "GBP" } } },
  });
});
