import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { assetCheck } from "../checks/asset-check.ts";
import { multiAssetCheck } from "../checks/multi-asset-check.ts";
import { definitions } from "../definitions/definitions.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import type { Handle } from "../graphs/handle.ts";
import { op } from "../graphs/op.ts";
import { ioManager } from "../io/io-manager.ts";
import { singleRun } from "../partitions/backfill-policy.ts";
import { partitionMapping } from "../partitions/partition-mapping.ts";
import { daily, staticPartitions } from "../partitions/partitions.ts";
import { materialize } from "../testing/execute.ts";
import { asset } from "./asset.ts";
import type { Asset } from "./asset-definition.ts";
import { assetSpec } from "./asset-spec.ts";
import { assetRef, dep } from "./dependency.ts";
import { graphAsset } from "./graph-asset.ts";
import { graphMultiAsset } from "./graph-multi-asset.ts";
import { multiAsset } from "./multi-asset.ts";

const sold = asset("sales/sold", () => [30, 12]);
const refunded = asset("sales/refunded", () => [12]);
const currency = asset("currency", () => "EUR");
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
const values = [
  [sold, [30, 12]],
  [refunded, [12]],
  [currency, "EUR"],
] as const;

test("code receives values by name, with their types, whatever their order", async () => {
  const revenue = asset("revenue", { deps: { sold, refunded, unit: currency } }, (_context, made) => {
    expectTypeOf(made).toEqualTypeOf<{
      readonly sold: number[];
      readonly refunded: number[];
      readonly unit: string;
    }>();
    const { refunded: back, unit, sold: out } = made;
    return `${sum(out) - sum(back)} ${unit}`;
  });
  expectTypeOf(revenue).toExtend<Asset<string, undefined>>();
  // @ts-expect-error no dependency has this name
  asset("wrong", { deps: { sold } }, (_context, { refunded: back }) => sum(back));
  // @ts-expect-error a currency is no list
  asset("wrong", { deps: { unit: currency } }, (_context, { unit }) => sum(unit));
  // @ts-expect-error a dependency is an asset
  expect(() => asset("wrong", { deps: { unit: "currency" } }, () => 1)).toThrow("deps.unit");
  // @ts-expect-error nor is one alone a list of them
  expect(() => asset("wrong", { deps: currency }, () => 1)).toThrow("deps must be a list of assets");

  const result = await materialize([sold, refunded, currency, revenue]);

  expect(result.value(revenue)).toBe("30 EUR");
  expect(revenue.dependencies.map(({ key, name }) => [key, name])).toEqual([
    ["sales/sold", "sold"],
    ["sales/refunded", "refunded"],
    ["currency", "unit"],
  ]);
  expect(result.eventsOf("LOADED_INPUT").map(({ inputName }) => inputName)).toEqual([
    "sold",
    "refunded",
    "unit",
  ]);
});

test("each has its own partitions, also the same asset under two names", async () => {
  const days = daily({ start: "2026-01-01" });
  const visits = asset("visits", { partitions: days }, ({ partitionKey }) => Number(partitionKey.slice(-2)));
  const before = dep(visits, { partitions: partitionMapping.timeWindow({ startOffset: -1, endOffset: -1 }) });
  const growth = asset(
    "growth",
    { deps: { today: visits, before, unit: currency }, partitions: days },
    (_context, made) => {
      expectTypeOf(made.today).toEqualTypeOf<number>();
      expectTypeOf(made.before).toEqualTypeOf<Readonly<Record<string, number>>>();
      return `${made.today - sum(Object.values(made.before))} ${made.unit}`;
    },
  );
  const several = asset(
    "several",
    { deps: { visits }, partitions: days, backfill: singleRun() },
    (_context, made) => {
      expectTypeOf(made.visits).toEqualTypeOf<Readonly<Record<string, number>>>();
      return made.visits;
    },
  );
  const options = { partitionKey: "2026-01-05" };
  const given = [[visits, 2, "2026-01-04"] as const, [currency, "visits"] as const];

  const result = await materialize([visits, growth, several], { ...options, values: given });

  expect(result.value(growth)).toBe("3 visits");
  expect(result.value(several)).toBe(5);
  const shops = staticPartitions(["berlin"]);
  // @ts-expect-error which days belong to a shop?
  asset("wrong", { deps: { visits }, partitions: shops }, () => 1);
});

test("a name reaches the IO manager", async () => {
  const names: (string | null)[] = [];
  const files = ioManager("files", {
    handleOutput: () => {},
    loadInput: ({ inputName }) => names.push(inputName),
  });
  const stored = asset("stored", { ioManager: files }, () => 0);
  const reader = asset("reader", { deps: { place: stored } }, (_context, { place }) => place);

  await materialize([stored, reader], { ioManagers: { files } });

  expect(names).toEqual(["place"]);
});

test("names that a program makes may be none", async () => {
  const deps: Record<string, Asset<number, undefined>> = {};
  const total = asset("total", { deps }, (_context, made) => {
    expectTypeOf(made).toEqualTypeOf<{ readonly [name: string]: number }>();
    return sum(Object.values(made));
  });

  expect((await materialize([total])).value(total)).toBe(0);
});

test("several assets of one step share them, besides what each asks for itself", async () => {
  const shop = multiAsset(
    "shop",
    {
      assets: { net: assetSpec<number>(), label: assetSpec<string>({ deps: [currency] }) },
      deps: { sold, refunded },
    },
    (context, { refunded: back, sold: out }) => {
      expectTypeOf(out).toEqualTypeOf<number[]>();
      const net = sum(out) - sum(back);
      return { net, label: `${net} ${context.input(currency)}` };
    },
  );
  expectTypeOf(shop.assets.net).toExtend<Asset<number, undefined>>();

  const result = await materialize([shop], { values });

  expect(result.value(shop.assets.label)).toBe("30 EUR");
});

test("the body of a graph receives handles by name", async () => {
  const total = op("total", (_context, numbers: number[]) => sum(numbers));
  const minus = op("minus", (_context, one: number, other: number) => one - other);
  const net = graphAsset("net", { deps: { sold, refunded } }, (made) => {
    expectTypeOf(made).toEqualTypeOf<{
      readonly sold: Handle<number[]>;
      readonly refunded: Handle<number[]>;
    }>();
    return minus(total(made.sold), total(made.refunded));
  });
  expectTypeOf(net).toExtend<Asset<number, undefined>>();
  const both = graphMultiAsset(
    "both",
    { assets: { out: assetSpec<number>(), back: assetSpec<number>() }, deps: { sold, refunded } },
    (made) => ({ back: total(made.refunded), out: total(made.sold) }),
  );
  // @ts-expect-error a currency is no list of numbers
  graphAsset("wrong", { deps: { unit: currency } }, ({ unit }) => total(unit));

  const result = await materialize([net, both], { values });

  expect(result.value(net)).toBe(30);
  expect(result.value(both.assets.back)).toBe(12);
});

test("checks receive them after the value of the checked asset", async () => {
  const fewer = assetCheck(
    "fewer_refunds",
    {
      asset: sold,
      deps: { refunded, unit: currency },
      config: z.object({ unit: z.string().default("EUR") }),
    },
    ({ config }, out, { unit, refunded: back }) => {
      expectTypeOf(out).toEqualTypeOf<number[]>();
      expectTypeOf(back).toEqualTypeOf<number[]>();
      return back.length < out.length && unit === config.unit;
    },
  );
  const alone = assetCheck(
    "alone",
    { asset: sold, loadsValue: false, deps: { refunded } },
    (_context, { refunded: back }) => sum(back) > 0,
  );
  const several = multiAssetCheck(
    "several",
    { checks: { some: { asset: sold }, none: { asset: refunded } }, deps: { back: refunded, out: sold } },
    (_context, { out, back }) => {
      expectTypeOf(out).toEqualTypeOf<number[]>();
      return { some: out.length === 2, none: back.length === 1 };
    },
  );

  const result = await materialize([fewer, alone, several], { values });

  expect(result.eventsOf("ASSET_CHECK_EVALUATION").map(({ passed }) => passed)).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test("what is known of them is asked for by the asset", async () => {
  const elsewhere = assetRef<number>("elsewhere");
  const label = asset("label", { deps: { elsewhere, sold } }, (context, made) => {
    return `${made.elsewhere} ${String(context.upstream(elsewhere)?.dataVersion ?? null)}`;
  });
  const known = asset("elsewhere", { codeVersion: "1" }, () => 3);

  const result = await materialize([label, known, sold]);
  const { assets } = resolveDefinitions(definitions({ assets: [label, known, sold] }));

  expect(result.value(label)).toMatch(/^3 \w+/);
  expect(assets.get(label.key)?.dependencies.map(({ key }) => key)).toEqual(["elsewhere", "sales/sold"]);
});
