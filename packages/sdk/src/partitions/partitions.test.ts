import { expect, expectTypeOf, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { dep } from "../assets/dependency.ts";
import { assetCheck } from "../checks/asset-check.ts";
import { materialize } from "../testing/execute.ts";
import {
  dimensionsOf,
  hasPartition,
  lastPartition,
  listPartitions,
  multiKey,
  partitionWindow,
} from "./partition-keys.ts";
import { partitionMapping } from "./partition-mapping.ts";
import { daily, dynamicPartitions, monthly, multiPartitions, staticPartitions } from "./partitions.ts";

const days = daily({ start: "2024-01-01", end: "2024-01-05" });
const sales = asset("sales", { partitions: days }, async (context) => context.partitionKey.slice(-2));
const given = ["01", "02", "03", "04"].map((day) => [sales, day, `2024-01-${day}`] as const);

test("a partitioned asset makes the partition of the run, and knows its window", async () => {
  const windows: string[] = [];
  const copy = asset("copy", { deps: [sales], partitions: days }, (context, value) => {
    expectTypeOf(value).toEqualTypeOf<string>();
    windows.push(context.partitionWindow.start.toISOString(), context.partitionWindow.end.toISOString());
    return `copy of ${value}`;
  });

  const result = await materialize([sales, copy], { partitionKey: "2024-01-02" });

  expect(result.value(copy)).toBe("copy of 02");
  expect(windows).toEqual(["2024-01-02T00:00:00.000Z", "2024-01-03T00:00:00.000Z"]);
  expect(result.eventsOf("ASSET_MATERIALIZATION")[0]).toMatchObject({
    assetKey: "sales",
    partition: "2024-01-02",
  });
});

test("an asset without partitions receives all partitions by key", async () => {
  const all = asset("all", { deps: [sales] }, (_context, values) => values);

  const result = await materialize([all], { values: given });

  expect(result.value(all)).toEqual({
    "2024-01-01": "01",
    "2024-01-02": "02",
    "2024-01-03": "03",
    "2024-01-04": "04",
  });
});

test("mappings choose what is loaded", async () => {
  const lastTwo = dep(sales, { partitions: partitionMapping.timeWindow({ startOffset: -1 }) });
  const trend = asset("trend", { deps: [lastTwo], partitions: days }, (_context, values) =>
    Object.values(values).join(),
  );
  const newest = asset(
    "newest",
    { deps: [dep(sales, { partitions: partitionMapping.last() })] },
    (_context, value) => {
      expectTypeOf(value).toEqualTypeOf<string>();
      return value;
    },
  );

  const trends = await materialize([trend], { values: given, partitionKey: "2024-01-03" });
  const newestValue = await materialize([newest], { values: given });

  expect(trends.value(trend)).toBe("02,03");
  expect(newestValue.value(newest)).toBe("04");
});

test("days make up a month", async () => {
  const monthOfSales = asset(
    "month_of_sales",
    {
      deps: [dep(sales, { partitions: partitionMapping.timeWindow({ allowNonexistentUpstream: true }) })],
      partitions: monthly({ start: "2024-01" }),
    },
    (_context, values) => Object.keys(values).length,
  );

  expect(
    (await materialize([monthOfSales], { values: given, partitionKey: "2024-01-01" })).value(monthOfSales),
  ).toBe(4);
});

test("partitions without a value may be left out", async () => {
  const some = asset("some", { deps: [dep(sales, { allowMissing: true })] }, (_context, values) => {
    expectTypeOf(values).toEqualTypeOf<Readonly<Record<string, string>>>();
    return Object.keys(values);
  });

  expect((await materialize([some], { values: given.slice(0, 1) })).value(some)).toEqual(["2024-01-01"]);
});

test("a run of a partitioned asset must name a partition that exists", async () => {
  const missing = await materialize([sales], { throwOnFailure: false });
  const unknown = await materialize([sales], { partitionKey: "2025-01-01", throwOnFailure: false });

  expect(missing.eventsOf("RUN_FAILURE")[0]?.error).toMatchObject({ code: "partition_required" });
  expect(unknown.eventsOf("RUN_FAILURE")[0]?.error).toMatchObject({ code: "unknown_partition" });
});

test("a key of several dimensions is taken apart for the code", async () => {
  const partitions = multiPartitions({ day: days, country: staticPartitions(["de", "fr"]) });
  const byCountry = asset("by_country", { partitions, deps: [sales] }, (context, value) => {
    expectTypeOf(context.partitionDimensions).toEqualTypeOf<{
      readonly day: string;
      readonly country: "de" | "fr";
    }>();
    expect(context.partitionWindow.start).toEqual(new Date("2024-01-02T00:00:00Z"));
    return `${context.partitionDimensions.country} ${context.partitionDimensions.day} ${value}`;
  });

  const result = await materialize([byCountry], { values: given, partitionKey: "de|2024-01-02" });

  expect(result.value(byCountry)).toBe("de 2024-01-02 02");
});

test("a key of several dimensions is made from one of each and taken apart again", () => {
  const partitions = multiPartitions({ shop: staticPartitions(["de", "fr"]), date: days });

  const key = multiKey(partitions, { shop: "fr", date: "2024-01-02" });

  expect(key).toBe("2024-01-02|fr");
  expect(dimensionsOf(partitions, key)).toEqual({ shop: "fr", date: "2024-01-02" });
  expect(partitionWindow(partitions, key)?.start).toEqual(new Date("2024-01-02T00:00:00Z"));
  expect(lastPartition(partitions, new Date("2024-01-05T12:00:00Z"))).toBe("2024-01-04|fr");
  // @ts-expect-error: there is no such shop
  expect(() => multiKey(partitions, { shop: "it", date: "2024-01-02" })).toThrow('"shop" has no such key');
});

test("asking for a partition where there is none throws, as the word undefined would go on", async () => {
  const report = asset("report", async (context) => {
    const { partitionKey } = context as { readonly partitionKey?: string };
    return `where day = '${partitionKey}'`;
  });

  const result = await materialize([report], { throwOnFailure: false });

  expect(result.eventsOf("STEP_FAILURE")[0]?.error.message).toContain(
    "Did you forget the option `partitions`?",
  );
});

test("dynamic partitions and checks take the run's partition", async () => {
  const files = asset(
    "files",
    { partitions: dynamicPartitions("files") },
    async (context) => context.partitionKey,
  );
  const named = assetCheck("named", { asset: files }, (context, value) => context.partitionKey === value);

  const result = await materialize([files, named], { partitionKey: "a.csv" });

  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ partition: "a.csv", passed: true }]);
});

test("keys can be listed, looked up and placed in time", () => {
  expect(listPartitions(days, new Date("2024-01-03T12:00:00Z"))).toEqual(["2024-01-01", "2024-01-02"]);
  expect(hasPartition(days, "2024-01-05")).toBe(false);
  expect(partitionWindow(days, "2024-01-01")?.end).toEqual(new Date("2024-01-02T00:00:00Z"));
  expect(() => daily({ start: "yesterday" })).toThrow('"yesterday" is not a time');
});

test("static keys that are written down are known to the compiler, one by one too", () => {
  const countries = staticPartitions(["de", "fr"]);
  const shouted = countries.keys.map((key) => {
    expectTypeOf(key).toEqualTypeOf<"de" | "fr">();
    return key.toUpperCase();
  });
  expect(shouted).toEqual(["DE", "FR"]);
  const read: string[] = ["it"];
  expectTypeOf(staticPartitions(read).keys[0]).toEqualTypeOf<string | undefined>();
});
