import { describe, expect, test } from "vitest";
import type { PartitionsDefinition } from "../definition.ts";
import { countSubset, existingSubset, subsetKeys, subsetOfKeys } from "../subset-keys.ts";
import { defaultMapping } from "./default-mapping.ts";
import { mapToDownstream, mapToUpstream } from "./map-partitions.ts";
import { InvalidPartitionMapping, parsePartitionMapping } from "./parse-mapping.ts";

const view = { now: Date.parse("2024-02-10T08:00:00Z"), dynamicKeys: {} };
const daily = { type: "daily", start: "2024-02-01" } as const;
const hourly = { type: "hourly", start: "2024-02-01" } as const;
const letters = { type: "static", keys: ["a", "b"] } as const;
const both = { type: "multi", dimensions: { day: daily, letter: letters } } as const;

describe("the mapping of a dependency that names none", () => {
  test.for<[PartitionsDefinition | null, PartitionsDefinition | null, string]>([
    [hourly, daily, "time_window"],
    [letters, letters, "identity"],
    [letters, daily, "identity"],
    [both, daily, "multi_to_single"],
    [letters, both, "multi_to_single"],
    [null, daily, "all"],
    [daily, null, "all"],
  ])("from %j to %j is %s", ([upstream, downstream, type]) => {
    expect(defaultMapping({ upstream, downstream }).type).toBe(type);
  });
});

test("a day needs its hours, and an hour is needed by its day", () => {
  const ends = { upstream: hourly, downstream: daily };
  const day = subsetOfKeys(daily, ["2024-02-03"]);

  const hours = mapToUpstream({ type: "time_window" }, ends, day, view).subset;

  expect(countSubset(hourly, hours)).toBe(24);
  expect([...subsetKeys(daily, mapToDownstream({ type: "time_window" }, ends, hours, view))]).toEqual([
    "2024-02-03",
  ]);
});

test("years of hours are mapped as ranges", () => {
  const old = { type: "hourly", start: "1950-01-01" } as const;
  const days = { type: "daily", start: "1950-01-01" } as const;
  const ends = { upstream: old, downstream: days };

  const { subset } = mapToUpstream({ type: "time_window" }, ends, existingSubset(days, view), view);

  expect(countSubset(old, subset)).toBe(24 * countSubset(days, existingSubset(days, view)));
});

test("what is needed but does not exist is named", () => {
  const later = { type: "daily", start: "2024-02-05" } as const;
  const ends = { upstream: later, downstream: daily };

  const result = mapToUpstream(
    { type: "identity" },
    ends,
    subsetOfKeys(daily, ["2024-02-04", "2024-02-05"]),
    view,
  );

  expect([...subsetKeys(later, result.subset)]).toEqual(["2024-02-05"]);
  expect([...result.requiredButNonexistent]).toEqual(["2024-02-04"]);
});

test("fifty thousand keys are mapped to the same ones of another list, and by name", () => {
  const keys = Array.from({ length: 50_000 }, (_, index) => `key ${index}`);
  const downstream = { type: "static", keys } as const;
  const upstream = { type: "static", keys: keys.slice(1).toReversed() } as const;
  const all = existingSubset(downstream, view);
  const named = Object.fromEntries(upstream.keys.map((key) => [key, key]));

  const { subset, requiredButNonexistent } = mapToUpstream(
    { type: "identity" },
    { upstream, downstream },
    all,
    view,
  );
  const byName = mapToUpstream(
    { type: "static", downstreamKeysByUpstreamKey: named },
    { upstream, downstream },
    all,
    view,
  ).subset;

  expect(countSubset(upstream, subset)).toBe(49_999);
  expect([...requiredButNonexistent]).toEqual(["key 0"]);
  expect(countSubset(upstream, byName)).toBe(49_999);
});

test("a mapping survives JSON and is checked when it comes back", () => {
  const mapping = {
    type: "multi_to_multi",
    dimensions: { day: { downstreamDimension: "week", mapping: { type: "time_window", startOffset: -1 } } },
  };

  expect(parsePartitionMapping(JSON.parse(JSON.stringify(mapping)))).toMatchObject(mapping);
  expect(() => parsePartitionMapping({ type: "sideways" })).toThrow(InvalidPartitionMapping);
});
