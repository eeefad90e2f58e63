import { describe, expect, test } from "vitest";
import type { PartitionsDefinition } from "./definition.ts";
import { restoreSubset, serializeSubset } from "./serialize-subset.ts";
import { countSubset, existingSubset, onlyExisting, subsetKeys, subsetOfKeys } from "./subset-keys.ts";
import { intersectSubsets, isSameSubset, subtractSubset, unionSubsets } from "./subset.ts";

const view = { now: Date.parse("2024-02-10T08:00:00Z"), dynamicKeys: { models: ["m1", "m2"] } };

const daily = { type: "daily", start: "2024-02-01" } as const;
const letters = { type: "static", keys: ["a", "b", "c"] } as const;
const both = { type: "multi", dimensions: { day: daily, letter: letters } } as const;
const three = {
  type: "multi",
  dimensions: { day: daily, letter: letters, model: { type: "dynamic", name: "models" } },
} as const;

describe.for<[PartitionsDefinition, string[], string[]]>([
  [daily, ["2024-02-03", "2024-02-04", "2024-02-07"], ["2024-02-04", "2024-02-05"]],
  [letters, ["a", "b"], ["b", "c"]],
  [both, ["2024-02-03|a", "2024-02-04|a", "2024-02-04|b"], ["2024-02-04|a", "2024-02-04|c"]],
  [three, ["2024-02-03|a|m1", "2024-02-04|a|m2"], ["2024-02-04|a|m2"]],
])("of %j", ([definition, left, right]) => {
  const a = subsetOfKeys(definition, left);
  const b = subsetOfKeys(definition, right);
  const keysOf = (subset: typeof a): string[] => [...subsetKeys(definition, subset)].sort();

  test("union, intersection and difference are those of the keys", () => {
    expect(keysOf(unionSubsets(a, b))).toEqual([...new Set([...left, ...right])].sort());
    expect(keysOf(intersectSubsets(a, b))).toEqual(left.filter((key) => right.includes(key)));
    expect(keysOf(subtractSubset(a, b))).toEqual(left.filter((key) => !right.includes(key)));
  });

  test("a count is that of the keys", () => {
    expect(countSubset(definition, a)).toBe(left.length);
    expect(countSubset(definition, subtractSubset(existingSubset(definition, view), a))).toBe(
      countSubset(definition, existingSubset(definition, view)) - left.length,
    );
  });

  test("it survives a trip through JSON", () => {
    const restored = restoreSubset(definition, JSON.parse(JSON.stringify(serializeSubset(a))));

    expect(restored && isSameSubset(restored, a)).toBe(true);
    expect(restoreSubset(null, serializeSubset(a))).toBeNull();
  });
});

test("what does not exist can be left out", () => {
  const subset = subsetOfKeys(both, ["2024-02-09|a", "2024-02-10|a", "2024-02-09|z"]);

  expect([...subsetKeys(both, onlyExisting(both, subset, view))]).toEqual(["2024-02-09|a"]);
});

test("a million windows in a row are one range", () => {
  const minutes = { type: "cron", cron: "* * * * *", start: "2022-01-01", format: "%Y-%m-%dT%H:%M" } as const;

  const all = existingSubset(minutes, view);

  expect(countSubset(minutes, all)).toBeGreaterThan(1_000_000);
  expect(JSON.stringify(serializeSubset(all)).length).toBeLessThan(100);
});
