import { describe, expect, expectTypeOf, test } from "vitest";
import { assetCheck } from "../checks/asset-check.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { definitions } from "../definitions/definitions.ts";
import { resolveDefinitions } from "../definitions/resolve.ts";
import { singleRun } from "../partitions/backfill-policy.ts";
import { partitionMapping } from "../partitions/partition-mapping.ts";
import { daily, weekly } from "../partitions/partitions.ts";
import type { PipesRun } from "../pipes/pipes-run.ts";
import { materialize } from "../testing/execute.ts";
import { asset } from "./asset.ts";
import { materializeResult } from "./asset-result.ts";
import { assetSpec } from "./asset-spec.ts";
import { assetRef, dep } from "./dependency.ts";
import { multiAsset } from "./multi-asset.ts";

const raw = asset("raw", () => [3, 1]);

/** stg → model → mart: a step that makes the first and the last. */
function createShop(canSubset = true) {
  const calls: string[][] = [];
  const dbt = multiAsset(
    "dbt",
    {
      assets: {
        stg: assetSpec<number[]>({ deps: [raw] }),
        mart: assetSpec<number>({ deps: ["stg", assetRef<number>("model")] }),
      },
      canSubset,
    },
    (context) => {
      calls.push([...context.selectedAssets]);
      return {
        ...(context.selectedAssets.has("stg") ? { stg: context.input(raw).toSorted((a, b) => a - b) } : {}),
        ...(context.selectedAssets.has("mart")
          ? { mart: (context.input("stg") ?? []).length + context.input(assetRef<number>("model")) }
          : {}),
      };
    },
  );
  const model = asset("model", { deps: [dbt.assets.stg] }, (_context, sorted) => sorted.length * 100);
  return { calls, dbt, model };
}

test("what code must return is a type error to leave out; what it need not is none", () => {
  const rows = assetSpec<number[]>();
  const some = assetSpec<number>({ required: false });
  const named = assetSpec<number>({ key: "shop/named", required: false });
  const stored = assetSpec<void>();
  const made = [
    multiAsset("m", { assets: { rows, some, named, stored } }, () => ({ rows: [1] })),
    multiAsset("m", { assets: { rows, stored }, canSubset: true }, () => ({})),
    multiAsset(
      "m",
      { assets: { rows }, partitions: daily({ start: "2026-01-01" }), backfill: singleRun() },
      () => ({}),
    ),
  ];
  const other = assetSpec<number>({ key: "shop/other" });
  // @ts-expect-error `rows` is missing
  multiAsset("m", { assets: { rows, some } }, () => ({ some: 1 }));
  // @ts-expect-error `other` is missing
  multiAsset("m", { assets: { rows, other } }, () => ({ rows: [1] }));

  expect(made.map(({ name }) => name)).toEqual(["m", "m", "m"]);
});

describe("dependencies belong to each asset", () => {
  test("an asset depends on what its spec says, besides what holds for the whole step", () => {
    const both = asset("both", () => 1);
    const shop = multiAsset(
      "shop",
      {
        assets: { a: assetSpec<number>({ after: ["b", "elsewhere"] }), b: assetSpec<number>() },
        after: [both],
      },
      () => ({ a: 1, b: 2 }),
    );

    expect(shop.assets.a.dependencies.map(({ key, loadsValue }) => [key, loadsValue])).toEqual([
      ["both", false],
      ["b", false],
      ["elsewhere", false],
    ]);
    expect(shop.assets.b.dependencies.map(({ key }) => key)).toEqual(["both"]);
    expect(shop.assets.a.dependencies[1]?.asset).toBe(shop.assets.b);
  });

  test("a sibling is named by its name, whatever its key", async () => {
    const shop = multiAsset(
      "shop",
      {
        assets: {
          a: assetSpec<string>({ key: "shop/a" }),
          b: assetSpec<string>({ key: "shop/b", deps: ["a"] }),
        },
        canSubset: true,
      },
      (context) => {
        const { selectedAssets: wanted } = context;
        return {
          ...(wanted.has("a") ? { a: "from now" } : {}),
          ...(wanted.has("b") ? { b: `made of ${context.input("a") ?? "what is at hand"}` } : {}),
        };
      },
    );

    const together = await materialize([shop]);
    const alone = await materialize([shop.assets.b], { values: [[shop.assets.a, "from before"]] });

    expect(together.value(shop.assets.b)).toBe("made of what is at hand");
    expect(alone.value(shop.assets.b)).toBe("made of from before");
  });

  test("only the values of what is asked for are loaded, and asking for others fails", async () => {
    const left = asset("left", () => 1);
    const right = asset("right", () => 2);
    const shop = multiAsset(
      "shop",
      {
        assets: { a: assetSpec<number>({ deps: [left] }), b: assetSpec<number>({ deps: [right] }) },
        canSubset: true,
      },
      (context) => ({ a: context.input(left) + context.input(right) }),
    );

    const result = await materialize([shop.assets.a], { values: [[left, 1]], throwOnFailure: false });

    expect(result.eventsOf("LOADED_INPUT").map(({ inputName }) => inputName)).toEqual(["left"]);
    expect(result.eventsOf("STEP_FAILURE")[0]?.error).toMatchObject({
      code: "invalid_step_result",
      message: expect.stringContaining('asks for the value of "right"') as string,
    });
  });

  test("a text in `deps` that is no sibling is refused with what to write", () => {
    const define = (): unknown =>
      multiAsset("shop", { assets: { a: assetSpec<number>({ deps: ["b"] }) } }, () => ({ a: 1 }));

    expect(define).toThrow(DefinitionError);
    expect(define).toThrow(/"shop" .*"a" names "b", but its assets are a: .*assetRef\("b"\)/);
  });

  test("what a spec is made from is typed", () => {
    const days = daily({ start: "2024-01-01" });
    const sales = asset("sales", { partitions: days }, () => 5);
    const lastWeek = dep(sales, { partitions: partitionMapping.timeWindow({ startOffset: -6 }) });
    multiAsset(
      "shop",
      {
        assets: {
          stg: assetSpec<string[]>({ deps: [sales, lastWeek] }),
          mart: assetSpec<number>({ deps: ["stg"] }),
        },
        partitions: days,
        canSubset: true,
      },
      (context) => {
        expectTypeOf(context.input(sales)).toEqualTypeOf<number>();
        expectTypeOf(context.input(lastWeek)).toEqualTypeOf<Readonly<Record<string, number>>>();
        expectTypeOf(context.input("stg")).toEqualTypeOf<string[] | undefined>();
        return { stg: ["x"], mart: 1 };
      },
    );
    multiAsset("other", { assets: { a: assetSpec<number>() } }, (context) => {
      // @ts-expect-error There is no asset of this name in the step.
      context.input("b");
      return { a: 1 };
    });
  });
});

describe("a step is run in parts where other assets come between", () => {
  test("stg → model → mart", async () => {
    const { calls, dbt, model } = createShop();

    const result = await materialize([raw, dbt, model]);

    expect(calls).toEqual([["stg"], ["mart"]]);
    expect(result.eventsOf("STEP_SUCCESS").map(({ stepKey }) => stepKey)).toEqual([
      "raw",
      "dbt",
      "model",
      "dbt_2",
    ]);
    expect(
      result.eventsOf("ASSET_MATERIALIZATION").map(({ assetKey, stepKey }) => [assetKey, stepKey]),
    ).toEqual([
      ["raw", "raw"],
      ["stg", "dbt"],
      ["model", "model"],
      ["mart", "dbt_2"],
    ]);
    expect(result.value(dbt.assets.mart)).toBe(202);
  });

  test("a run without what comes between needs one call", async () => {
    const { calls, dbt } = createShop();
    const model = asset("model", () => 7);

    await materialize([dbt], {
      values: [
        [raw, [1]],
        [model, 7],
      ],
    });

    expect(calls).toEqual([["stg", "mart"]]);
  });

  test("when a part fails, what is between and below is not run", async () => {
    const { dbt } = createShop();
    const model = asset("model", { deps: [dbt.assets.stg] }, (): number => {
      throw new Error("no model");
    });

    const result = await materialize([raw, dbt, model], { throwOnFailure: false });

    expect(result.eventsOf("STEP_SUCCESS").map(({ stepKey }) => stepKey)).toEqual(["raw", "dbt"]);
    expect(result.eventsOf("STEP_FAILURE").map(({ stepKey }) => stepKey)).toEqual(["model"]);
  });

  test("a blocking check with a step of its own comes between, too", async () => {
    const shop = multiAsset(
      "shop",
      { assets: { stg: assetSpec<number>(), mart: assetSpec<number>({ deps: ["stg"] }) }, canSubset: true },
      (context) => Object.fromEntries([...context.selectedAssets].map((name) => [name, 1])),
    );
    const isSound = assetCheck("is_sound", { asset: shop.assets.stg, blocking: true }, () => false);

    const result = await materialize([shop, isSound], { throwOnFailure: false });

    expect(result.eventsOf("ASSET_MATERIALIZATION").map(({ assetKey }) => assetKey)).toEqual(["stg"]);
  });

  test("a step that can't be run in parts is refused when others come between, with the chain and what mends it", () => {
    const { dbt, model } = createShop(false);
    const resolve = (): unknown => resolveDefinitions(definitions({ assets: [raw, dbt, model] }));

    expect(resolve).toThrow(DefinitionError);
    expect(resolve).toThrow(
      /step "dbt" with asset "mart" .* comes after step "model" with asset "model" .*; step "model" .* comes after step "dbt" with asset "stg"/,
    );
    expect(resolve).toThrow(/Give multi-asset "dbt" .* `canSubset: true`/);
  });

  test("a circle of assets is one however the step is run", () => {
    const dbt = multiAsset(
      "dbt",
      { assets: { stg: assetSpec<void>(), mart: assetSpec<void>() }, after: ["model"], canSubset: true },
      () => ({}),
    );
    const model = asset("model", { after: ["stg"] }, () => 1);

    expect(() => resolveDefinitions(definitions({ assets: [dbt, model] }))).toThrow(
      /in a circle: .*belongs into `deps` and `after` of their `assetSpec`/,
    );
  });

  test("groups that stand above and below each other: each is cut once", async () => {
    const calls: string[] = [];
    const run = (context: { readonly stepKey: string; readonly selectedAssets: ReadonlySet<string> }) => {
      calls.push(`${context.stepKey}: ${[...context.selectedAssets].join()}`);
      return Object.fromEntries([...context.selectedAssets].map((name) => [name, undefined]));
    };
    const regular = multiAsset(
      "regular",
      {
        assets: {
          locations_cleaned: assetSpec<void>(),
          orders_augmented: assetSpec<void>({ after: ["daily_order_summary", "locations_cleaned"] }),
        },
        canSubset: true,
      },
      run,
    );
    const dailyGroup = multiAsset(
      "daily",
      {
        assets: {
          daily_order_summary: assetSpec<void>({ after: ["locations_cleaned"] }),
          weekly_order_summary: assetSpec<void>({ after: ["orders_augmented"] }),
        },
        canSubset: true,
      },
      run,
    );

    await materialize([regular, dailyGroup]);

    expect(calls).toEqual([
      "regular: locations_cleaned",
      "daily: daily_order_summary",
      "regular_2: orders_augmented",
      "daily_2: weekly_order_summary",
    ]);
  });
});

describe("partitions and backfill policies of each asset", () => {
  const days = daily({ start: "2024-01-01" });

  test("one call makes what is partitioned alike", async () => {
    const seen: (readonly [string, string | undefined])[] = [];
    const shop = multiAsset(
      "shop",
      {
        assets: {
          whole: assetSpec<string>(),
          by_day: assetSpec<string, typeof days>({ partitions: days, after: ["whole"] }),
        },
        canSubset: true,
      },
      (context) => {
        expectTypeOf(context.partitionKey).toEqualTypeOf<string | undefined>();
        seen.push([[...context.selectedAssets].join(), context.partitionKey]);
        return Object.fromEntries([...context.selectedAssets].map((name) => [name, name]));
      },
    );
    expectTypeOf(shop.assets.by_day.partitions).toEqualTypeOf<typeof days>();
    expectTypeOf(shop.assets.whole.partitions).toEqualTypeOf<undefined>();

    const result = await materialize([shop], { partitionKey: "2024-02-03" });

    expect(seen).toEqual([
      ["whole", undefined],
      ["by_day", "2024-02-03"],
    ]);
    expect(result.eventsOf("ASSET_MATERIALIZATION").map(({ partition }) => partition)).toEqual([
      null,
      "2024-02-03",
    ]);
  });

  test("assets that one call can't make need a step that can be run in parts", () => {
    const define = (): unknown =>
      multiAsset(
        "shop",
        {
          assets: {
            by_day: assetSpec({ partitions: days }),
            by_week: assetSpec({ partitions: weekly({ start: "2024-01-01" }) }),
          },
        },
        () => ({ by_day: 1, by_week: 2 }),
      );

    expect(define).toThrow(/"by_day" and "by_week" differ in their partitions .*`canSubset: true`/);
  });

  test("code that takes several partitions may have stored them itself, and may hand over values by partition", async () => {
    const shop = multiAsset(
      "shop",
      {
        assets: { stored: assetSpec<void>(), values: assetSpec<number>({ after: ["stored"] }) },
        partitions: days,
        backfill: singleRun(),
      },
      (context) => ({
        stored: materializeResult({ metadata: { days: context.partitionKeys.length } }),
        values: Object.fromEntries(context.partitionKeys.map((key, index) => [key, index])),
      }),
    );

    const result = await materialize([shop], { partitionRange: { start: "2024-01-01", end: "2024-01-03" } });

    expect(result.eventsOf("ASSET_MATERIALIZATION")).toHaveLength(6);
    expect(result.value(shop.assets.values, "2024-01-03")).toBe(2);
  });

  test("what a script reported over Pipes is a result of several partitions", () => {
    const define = (run: PipesRun<"stg" | "mart">): unknown =>
      multiAsset(
        "dbt",
        {
          assets: { stg: assetSpec<void>(), mart: assetSpec<number>() },
          partitions: days,
          backfill: singleRun(),
        },
        async () => Promise.resolve(run.materializeResults()),
      );

    expect(define).toBeTypeOf("function");
  });

  test("the first multi-asset that anybody writes compiles", () => {
    const one = multiAsset("one", { assets: { x: assetSpec<number[]>() } }, () => ({ x: [1] }));
    const later = multiAsset("later", { assets: { x: assetSpec<{ id: number }[]>() } }, async () => ({
      x: [{ id: await Promise.resolve(1) }],
    }));

    expect([one.name, later.name]).toEqual(["one", "later"]);
    // @ts-expect-error A text is no list of numbers.
    multiAsset("wrong", { assets: { x: assetSpec<number[]>() } }, () => ({ x: "1" }));
  });
});
