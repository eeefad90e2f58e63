import { describe, expect, expectTypeOf, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { materializeResult } from "../assets/asset-result.ts";
import { assetRef, dep } from "../assets/dependency.ts";
import { graphAsset } from "../assets/graph-asset.ts";
import { assetSpec } from "../assets/asset-spec.ts";
import { multiAsset } from "../assets/multi-asset.ts";
import { assetCheck } from "../checks/asset-check.ts";
import { checkSpec } from "../assets/check-spec.ts";
import { memoryRunInstance } from "../context/memory-run-instance.ts";
import { op } from "../graphs/op.ts";
import { materialize } from "../testing/execute.ts";
import { multiRun, singleRun } from "./backfill-policy.ts";
import { partitionMapping } from "./partition-mapping.ts";
import { daily, dynamicPartitions, monthly, multiPartitions, staticPartitions } from "./partitions.ts";

const days = daily({ start: "2024-01-01", end: "2024-02-01" });
const threeDays = { partitionRange: { start: "2024-01-02", end: "2024-01-04" } };
const keys = ["2024-01-02", "2024-01-03", "2024-01-04"];
const dayOf = (key: string): number => Number(key.slice(-2));

describe("code that takes one partition at a time", () => {
  const sales = asset("sales", { partitions: days }, (context) => dayOf(context.partitionKey));

  test("is called once for each partition of a run, with what belongs to it", async () => {
    const doubled = asset("doubled", { partitions: days, deps: [sales] }, (context, value) => {
      expectTypeOf(value).toEqualTypeOf<number>();
      context.addOutputMetadata({ start: context.partitionWindow.start.toISOString() });
      return value * 2;
    });

    const result = await materialize([sales, doubled], threeDays);

    expect(keys.map((key) => result.value(doubled, key))).toEqual([4, 6, 8]);
    const made = result.eventsOf("ASSET_MATERIALIZATION").filter((event) => event.assetKey === "doubled");
    expect(made.map(({ partition }) => partition)).toEqual(keys);
    expect(made[2]?.metadata).toMatchObject({ start: { text: "2024-01-04T00:00:00.000Z" } });
    expect(result.eventsOf("STEP_SUCCESS")).toHaveLength(2);
  });

  test("keeps what it has made when it fails for a partition", async () => {
    const fragile = asset("fragile", { partitions: days }, (context) => {
      if (context.partitionKey === "2024-01-03") throw new Error("no data for the third");
      return context.partitionKey;
    });

    const result = await materialize([fragile], { ...threeDays, throwOnFailure: false });

    expect(result.eventsOf("ASSET_MATERIALIZATION")).toMatchObject([{ partition: "2024-01-02" }]);
    expect(result.eventsOf("STEP_FAILURE")).toMatchObject([{ error: { message: "no data for the third" } }]);
  });

  test("is not called for further partitions once the run was interrupted", async () => {
    const interrupt = new AbortController();
    const called: string[] = [];
    const slow = asset("slow", { partitions: days }, ({ partitionKey }) => {
      called.push(partitionKey);
      interrupt.abort();
    });

    const result = await materialize([slow], {
      ...threeDays,
      signal: interrupt.signal,
      throwOnFailure: false,
    });

    expect(result.outcome).toBe("CANCELED");
    expect(called).toEqual(["2024-01-02"]);
  });

  test("reads what it has just made for the partition before", async () => {
    const before = dep(assetRef<number, typeof days>("stock", { partitions: days }), {
      partitions: partitionMapping.timeWindow({
        startOffset: -1,
        endOffset: -1,
        allowNonexistentUpstream: true,
      }),
      allowMissing: true,
    });
    const stock = asset("stock", { partitions: days, deps: [before] }, (_context, earlier) => {
      const [yesterday = 0] = Object.values(earlier);
      return yesterday + 1;
    });

    const result = await materialize([stock], threeDays);

    expect(keys.map((key) => result.value(stock, key))).toEqual([1, 2, 3]);
  });

  test("checks every partition, also after a blocking check did not pass for one", async () => {
    const isOdd = assetCheck(
      "is_odd",
      { asset: sales, blocking: true },
      (_context, value) => value % 2 === 1,
    );
    const after = asset("after", { partitions: days, deps: [sales] }, () => 1);

    const result = await materialize([sales, isOdd, after], { ...threeDays, throwOnFailure: false });

    expect(
      result.eventsOf("ASSET_CHECK_EVALUATION").map(({ partition, passed }) => [partition, passed]),
    ).toEqual([
      ["2024-01-02", false],
      ["2024-01-03", true],
      ["2024-01-04", false],
    ]);
    expect(result.eventsOf("ASSET_MATERIALIZATION").map((event) => event.assetKey)).not.toContain("after");
  });

  test("is not called for a range where ops make the asset, or where its ends are wrong", async () => {
    const one = op("one", () => 1);
    const byOps = graphAsset("by_ops", { partitions: days }, () => one());
    const of = async (targets: Parameters<typeof materialize>[0], start: string, end: string) =>
      (await materialize(targets, { partitionRange: { start, end }, throwOnFailure: false })).eventsOf(
        "RUN_FAILURE",
      )[0]?.error;

    expect(await of([byOps], "2024-01-02", "2024-01-03")).toMatchObject({ code: "one_partition_only" });
    expect(await of([sales], "2024-01-05", "2024-01-02")).toMatchObject({ code: "unknown_partition" });
    expect(await of([sales], "2024-01-02", "2030-01-02")).toMatchObject({ code: "unknown_partition" });
    const both = { ...threeDays, partitionKey: "2024-01-02", throwOnFailure: false };
    expect((await materialize([sales], both)).eventsOf("RUN_FAILURE")[0]?.error).toMatchObject({
      code: "one_partition_only",
    });
  });
});

describe("code with a backfill policy", () => {
  const visits = asset("visits", { partitions: days, backfill: singleRun() }, (context) => {
    // @ts-expect-error -- there is no single key
    expect(() => context.partitionKey satisfies string).toThrow("it has partitionKeys");
    const { start, end } = context.partitionWindow;
    const values = context.partitionKeys.map((key) => [key, dayOf(key)] as const);
    return materializeResult({
      value: Object.fromEntries(values),
      metadata: { from: start.toISOString(), to: end.toISOString() },
    });
  });

  test("takes all partitions of its run at once, and what it returns is stored by key", async () => {
    let calls = 0;
    const total = asset(
      "total",
      { partitions: days, deps: [visits], backfill: singleRun() },
      async (context, values) => {
        expectTypeOf(values).toEqualTypeOf<Readonly<Record<string, number>>>();
        calls++;
        expect(context.partitionRange).toEqual({ start: "2024-01-02", end: "2024-01-04" });
        return Object.fromEntries(
          Object.entries(values).map(([key, value]) => [
            key,
            materializeResult({ value: value * 10, metadata: { day: value } }),
          ]),
        );
      },
    );
    expectTypeOf(total).toExtend<{ readonly partitions: typeof days }>();
    const small = asset("small", { partitions: days, deps: [total] }, (_context, value) => {
      expectTypeOf(value).toEqualTypeOf<number>();
      return value + 1;
    });

    const result = await materialize([visits, total, small], threeDays);

    expect(calls).toBe(1);
    expect(keys.map((key) => result.value(small, key))).toEqual([21, 31, 41]);
    const made = Map.groupBy(result.eventsOf("ASSET_MATERIALIZATION"), ({ assetKey }) => assetKey);
    expect(made.get("visits")).toMatchObject(
      keys.map((partition) => ({ partition, metadata: { to: { text: "2024-01-05T00:00:00.000Z" } } })),
    );
    expect(made.get("total")?.map(({ metadata }) => metadata["day"])).toMatchObject([
      { value: 2 },
      { value: 3 },
      { value: 4 },
    ]);
  });

  test("is the same for a run of one partition", async () => {
    const result = await materialize([visits], { partitionKey: "2024-01-09" });

    expect(result.value(visits, "2024-01-09")).toBe(9);
  });

  test("receives the union of what its partitions depend on, and one value of the last", async () => {
    const months = monthly({ start: "2024-01", end: "2024-03-01" });
    const seen: unknown[] = [];
    const lastVisits = dep(visits, { partitions: partitionMapping.last() });
    const lastDays = dep(visits, {
      partitions: partitionMapping.timeWindow({ startOffset: -1, allowNonexistentUpstream: true }),
    });
    const monthlyVisits = asset(
      "monthly_visits",
      {
        partitions: months,
        deps: [dep(visits, { allowMissing: true }), lastVisits],
        backfill: multiRun({ maxPartitionsPerRun: 3 }),
      },
      (context, byDay, last) => {
        expectTypeOf(last).toEqualTypeOf<number>();
        seen.push(byDay, last);
        return Object.fromEntries(context.partitionKeys.map((key) => [key, 0]));
      },
    );
    const trend = asset(
      "trend",
      { partitions: days, deps: [lastDays], backfill: singleRun() },
      (_context, byDay) => {
        seen.push(Object.keys(byDay));
      },
    );
    const given = [...keys, "2024-01-01", "2024-01-31"].map((key) => [visits, dayOf(key), key] as const);

    await materialize([monthlyVisits], {
      values: given,
      partitionRange: { start: "2024-01-01", end: "2024-02-01" },
      throwOnFailure: false,
    });
    const trends = await materialize([trend], { values: given, ...threeDays });

    expect(seen.at(-1)).toEqual(["2024-01-01", ...keys]);
    expect(trends.value(trend, "2024-01-03")).toBeUndefined();
  });

  test("must return a value for each partition and no other", async () => {
    const failureOf = async (returned: Readonly<Record<string, number>>) => {
      const wrong = asset("wrong", { partitions: days, backfill: singleRun() }, () => returned);
      const result = await materialize([wrong], { ...threeDays, throwOnFailure: false });
      return result.eventsOf("STEP_FAILURE")[0]?.error?.message;
    };

    expect(await failureOf({ "2024-01-02": 1 })).toContain(
      "no value for its partitions 2024-01-03, 2024-01-04",
    );
    expect(await failureOf({ ...Object.fromEntries(keys.map((key) => [key, 1])), other: 2 })).toContain(
      "not asked for: other",
    );
    // @ts-expect-error -- a number is not one for each partition
    asset("number", { partitions: days, backfill: singleRun() }, () => 12);
    // @ts-expect-error -- neither is a list
    asset("list", { partitions: days, backfill: singleRun() }, () => [1, 2, 3]);
  });

  test("gets no more partitions than it allows", async () => {
    const two = asset("two", { partitions: days, backfill: multiRun({ maxPartitionsPerRun: 2 }) }, () => {});

    const result = await materialize([two], { ...threeDays, throwOnFailure: false });

    expect(result.eventsOf("RUN_FAILURE")[0]?.error).toMatchObject({ code: "too_many_partitions" });
  });

  test("reports its own checks for each partition", async () => {
    const checked = asset(
      "checked",
      { partitions: days, backfill: singleRun(), checks: [checkSpec("early", { blocking: true })] },
      (context) =>
        Object.fromEntries(
          context.partitionKeys.map((key) => [
            key,
            materializeResult({ value: 1, checks: { early: dayOf(key) < 3 } }),
          ]),
        ),
    );

    const result = await materialize([checked], { ...threeDays, throwOnFailure: false });

    expect(result.eventsOf("ASSET_CHECK_EVALUATION").map(({ passed }) => passed)).toEqual([
      true,
      false,
      false,
    ]);
    expect(result.eventsOf("ASSET_MATERIALIZATION")).toHaveLength(3);
    expect(result.outcome).toBe("FAILURE");
  });

  test("makes several assets, each by partition key", async () => {
    const shop = multiAsset(
      "shop",
      {
        partitions: days,
        backfill: singleRun(),
        assets: { orders: assetSpec<number>(), users: assetSpec<string>({ required: false }) },
      },
      async (context) => {
        expectTypeOf(context.partitionKeys).toEqualTypeOf<readonly string[]>();
        return { orders: Object.fromEntries(context.partitionKeys.map((key) => [key, dayOf(key)])) };
      },
    );

    const result = await materialize([shop], threeDays);

    expect(keys.map((key) => result.value(shop.assets.orders, key))).toEqual([2, 3, 4]);
    expect(result.eventsOf("ASSET_MATERIALIZATION")).toHaveLength(3);
  });

  test("of several dimensions makes the product of their ranges", async () => {
    const partitions = multiPartitions({ day: days, country: staticPartitions(["de", "fr", "it"]) });
    const byCountry = asset("by_country", { partitions, backfill: singleRun() }, (context) => {
      expectTypeOf(context.partitionDimensions.day).toEqualTypeOf<readonly string[]>();
      context.addOutputMetadata({ countries: context.partitionDimensions.country.join() });
    });

    const result = await materialize([byCountry], {
      partitionRange: { start: "de|2024-01-02", end: "fr|2024-01-03" },
    });

    const made = result.eventsOf("ASSET_MATERIALIZATION");
    expect(made.map(({ partition }) => partition)).toEqual([
      "de|2024-01-02",
      "de|2024-01-03",
      "fr|2024-01-02",
      "fr|2024-01-03",
    ]);
    expect(made[0]?.metadata["countries"]).toMatchObject({ text: "de,fr" });
  });

  test("needs partitions, and a policy that can work", () => {
    expect(() => asset("whole", { backfill: singleRun() }, () => {})).toThrow(
      /partition-ranges.*no partitions/,
    );
    expect(() =>
      asset("none", { partitions: days, backfill: multiRun({ maxPartitionsPerRun: 0 }) }, () => {}),
    ).toThrow("1 or more partitions, not 0");
    expect(() => asset("two", { partitions: days, backfill: multiRun(2 as never) }, () => {})).toThrow(
      "multiRun({ maxPartitionsPerRun }) must allow a run 1 or more partitions, not nothing",
    );
  });
});

describe("dynamic partitions", () => {
  const files = dynamicPartitions("files");
  const rows = asset("rows", { partitions: files }, (context) => `rows of ${context.partitionKey}`);

  test("are listed, added and removed by the code of steps", async () => {
    const instance = memoryRunInstance({ dynamicPartitions: { files: ["a.csv", "old.csv"] } });
    const seen: unknown[] = [];
    const watch = asset("watch", async ({ dynamicPartitions: partitions }) => {
      await partitions.add(files, ["b.csv", "a.csv"]);
      await partitions.delete("files", ["old.csv", "never.csv"]);
      seen.push(await partitions.list(files), await partitions.has(files, "b.csv"));
      await expect(partitions.add(files, ["good", "x|y"])).rejects.toMatchObject({
        code: "invalid_partition_key",
      });
    });

    await materialize([watch], { instance });

    expect(seen).toEqual([["a.csv", "b.csv"], true]);
    expect(await instance.listDynamicPartitions("files")).toEqual(["a.csv", "b.csv"]);
  });

  test("are what mappings and ranges over them speak of", async () => {
    const instance = memoryRunInstance({ dynamicPartitions: { files: ["c", "a", "b"] } });
    const all = asset("all", { deps: [rows] }, (_context, byFile) => Object.keys(byFile));

    const made = await materialize([rows], { instance, partitionRange: { start: "c", end: "a" } });
    const joined = await materialize([rows, all], {
      instance,
      partitionRange: { start: "c", end: "b" },
    });

    const daily = asset(
      "daily",
      { partitions: days, deps: [dep(rows, { partitions: partitionMapping.all() })] },
      (_context, byFile) => Object.keys(byFile),
    );
    const given = ["c", "a", "b"].map((key) => [rows, key, key] as const);
    const ofDay = await materialize([daily], { instance, partitionKey: "2024-01-02", values: given });

    expect(ofDay.value(daily)).toEqual(["c", "a", "b"]);
    expect(made.eventsOf("ASSET_MATERIALIZATION").map(({ partition }) => partition)).toEqual(["c", "a"]);
    expect(joined.value(all)).toEqual(["c", "a", "b"]);
  });
});
