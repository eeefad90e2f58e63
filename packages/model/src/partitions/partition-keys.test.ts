import { describe, expect, test } from "vitest";
import type { MultiPartitions, TimePartitions } from "./definition.ts";
import { parsePartitionsDefinition } from "./parse-definition.ts";
import { InvalidPartitionsDefinition, UnknownPartitionKey } from "./partition-errors.ts";
import {
  countPartitionKeys,
  countPartitionKeysInRange,
  getPartitionWindow,
  hasPartitionKey,
  listPartitionKeys,
  listPartitionKeysInRange,
  partitionKeys,
  partitionKeysBackward,
} from "./partition-keys.ts";

const now = Date.parse("2024-02-10T08:00:00Z");
const daily: TimePartitions = { type: "daily", start: "2024-02-07" };
const regions = { type: "static", keys: ["eu", "us"] } as const;

test("a window of time exists once it has ended", () => {
  expect(listPartitionKeys(daily, now)).toEqual(["2024-02-07", "2024-02-08", "2024-02-09"]);
  expect(hasPartitionKey(daily, "2024-02-10", now)).toBe(false);
});

test("dynamic partitions have the keys that the caller supplies", () => {
  const tenants = { type: "dynamic", name: "tenants" } as const;

  expect(listPartitionKeys(tenants, now)).toEqual([]);
  expect(listPartitionKeys(tenants, now, { tenants: ["acme", "zeta"] })).toEqual(["acme", "zeta"]);
});

describe("with four dimensions", () => {
  const definition: MultiPartitions = {
    type: "multi",
    dimensions: { day: daily, region: regions, tier: regions, model: { type: "dynamic", name: "models" } },
  };
  const dynamicKeys = { models: ["m1"] };

  test("keys follow the order of dimension names", () => {
    expect(partitionKeys(definition, now, dynamicKeys)[Symbol.iterator]().next().value).toBe(
      "2024-02-07|m1|eu|eu",
    );
    expect(partitionKeysBackward(definition, now, dynamicKeys)[Symbol.iterator]().next().value).toBe(
      "2024-02-09|m1|us|us",
    );
    expect(countPartitionKeys(definition, now, dynamicKeys)).toBe(12);
  });

  test("a key stands for the window of its time dimension", () => {
    expect(getPartitionWindow(definition, "2024-02-08|m1|eu|us")).toEqual(
      getPartitionWindow(daily, "2024-02-08"),
    );
  });

  test("a range is the product of the dimensions' ranges", () => {
    expect(
      listPartitionKeysInRange(definition, "2024-02-08|m1|eu|us", "2024-02-09|m1|us|us", dynamicKeys),
    ).toEqual(["2024-02-08|m1|eu|us", "2024-02-08|m1|us|us", "2024-02-09|m1|eu|us", "2024-02-09|m1|us|us"]);
  });
});

test("a million partitions are counted, and their last ones found, without being listed", () => {
  const minutes: TimePartitions = {
    type: "cron",
    cron: "* * * * *",
    start: "2022-01-01",
    format: "%Y-%m-%dT%H:%M",
  };

  expect(countPartitionKeys(minutes, now)).toBe((now - Date.UTC(2022, 0, 1)) / 60_000);
  expect(Iterator.from(partitionKeysBackward(minutes, now)).take(1).toArray()).toEqual(["2024-02-10T07:59"]);
});

test("a text that is no key is an error that shows what keys look like", () => {
  expect(() => getPartitionWindow(daily, "yesterday")).toThrow(UnknownPartitionKey);
  expect(() => getPartitionWindow(daily, "yesterday")).toThrow('keys look like "2024-02-07"');
});

test.for([
  [{ type: "daily", start: "2024-02-30" }, "is not a time like"],
  [{ type: "daily", start: "2024-02-01", timezone: "Nowhere" }, '"Nowhere" is not a time zone'],
  [{ type: "cron", start: "2024-02-01" }, "needs a cron expression"],
  [{ type: "weekly", start: "2024-02-01", dayOffset: 7 }, "dayOffset is 7, but must be 0-6"],
  [{ type: "daily", start: "2024-02-01", end: "2024-01-01" }, "is before start"],
  [
    { type: "monthly", start: "2024-02-01", hourOffset: 2, exclusions: [{ cron: "* 0-6 * * *" }] },
    "the exclusions leave no window",
  ],
  [{ type: "static", keys: ["a", "a"] }, 'the key "a" appears twice'],
  [{ type: "static", keys: "a" }, "keys must be a list"],
  [{ type: "multi", dimensions: { one: regions } }, "1 dimensions; 2 to 4 are possible"],
  [
    { type: "multi", dimensions: { a: regions, b: { type: "static", keys: ["x|y"] } } },
    "contains one of | , [ ]",
  ],
  [{ type: "yearly" }, 'unknown type "yearly"'],
] as const)("%j is refused: %s", ([definition, reason]) => {
  expect(() => parsePartitionsDefinition(definition)).toThrow(InvalidPartitionsDefinition);
  expect(() => parsePartitionsDefinition(definition)).toThrow(reason);
});

test("a parsed definition is the data it was parsed from", () => {
  const definition = { ...daily, exclusions: [{ cron: "0 0 * * 0" }, { at: "2024-02-08" }], endOffset: 1 };

  expect(parsePartitionsDefinition(JSON.parse(JSON.stringify(definition)))).toEqual(definition);
  expect(listPartitionKeys(definition, now)).toEqual(["2024-02-07", "2024-02-09", "2024-02-10"]);
});

describe("ranges are counted as they are listed", () => {
  const weekdays: TimePartitions = {
    type: "daily",
    start: "2024-01-01",
    exclusions: [{ cron: "0 0 * * 0,6" }],
  };
  const byRegion: MultiPartitions = { type: "multi", dimensions: { day: weekdays, region: regions } };

  test.each<[Parameters<typeof listPartitionKeysInRange>[0], string, string]>([
    [daily, "2024-02-07", "2024-02-29"],
    [daily, "2024-02-09", "2024-02-08"],
    [weekdays, "2024-01-05", "2024-03-04"],
    [regions, "eu", "us"],
    [regions, "us", "eu"],
    [byRegion, "2024-01-05|eu", "2024-01-09|us"],
  ])("%j from %s to %s", (definition, first, last) => {
    expect(countPartitionKeysInRange(definition, first, last)).toBe(
      listPartitionKeysInRange(definition, first, last).length,
    );
  });

  test("a key that is not there is refused", () => {
    expect(() => countPartitionKeysInRange(regions, "eu", "mars")).toThrow(UnknownPartitionKey);
  });
});
