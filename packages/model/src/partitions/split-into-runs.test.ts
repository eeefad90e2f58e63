import { describe, expect, test } from "vitest";
import { InvalidBackfillPolicy, maxPartitionsPerRun, parseBackfillPolicy } from "./backfill-policy.ts";
import type { MultiPartitions, PartitionsDefinition } from "./definition.ts";
import { listPartitionKeysInRange } from "./partition-keys.ts";
import { splitIntoRuns } from "./split-into-runs.ts";
import { subsetOfKeys } from "./subset-keys.ts";

const days: PartitionsDefinition = { type: "daily", start: "2024-01-01" };
const letters: PartitionsDefinition = { type: "static", keys: ["a", "b", "c", "d"] };
const grid: MultiPartitions = { type: "multi", dimensions: { letter: letters, day: days } };

/** Runs as `first...last`, or the key alone. */
function split(definition: PartitionsDefinition, keys: readonly string[], max: number): string[] {
  return splitIntoRuns(definition, subsetOfKeys(definition, keys), max, { files: ["z", "y", "x"] }).map(
    ({ start, end }) => (start === end ? start : `${start}...${end}`),
  );
}

describe("partitions that are asked for are split into runs", () => {
  const week = ["01", "02", "03", "06", "07"].map((day) => `2024-01-${day}`);

  test("of partitions that follow each other", () => {
    expect(split(days, week, Infinity)).toEqual(["2024-01-01...2024-01-03", "2024-01-06...2024-01-07"]);
    expect(split(letters, ["d", "a", "c"], Infinity)).toEqual(["a", "c...d"]);
    expect(split({ type: "dynamic", name: "files" }, ["x", "y", "z"], Infinity)).toEqual(["z...x"]);
  });

  test("of as many partitions as a run may have", () => {
    expect(split(days, week, 2)).toEqual([
      "2024-01-01...2024-01-02",
      "2024-01-03",
      "2024-01-06...2024-01-07",
    ]);
    expect(split(letters, ["a", "b"], 1)).toEqual(["a", "b"]);
  });

  test("over windows that are left out, as nothing is between them", () => {
    const weekdays = { ...days, exclusions: [{ cron: "0 0 * * 0,6" }] };
    expect(split(weekdays, ["2024-01-05", "2024-01-08"], Infinity)).toEqual(["2024-01-05...2024-01-08"]);
  });

  test("in several dimensions: of products of ranges", () => {
    const keys = listPartitionKeysInRange(grid, "2024-01-01|a", "2024-01-03|b");
    expect(split(grid, keys, Infinity)).toEqual(["2024-01-01|a...2024-01-03|b"]);
    expect(split(grid, keys, 4)).toEqual(["2024-01-01|a...2024-01-02|b", "2024-01-03|a...2024-01-03|b"]);
    expect(split(grid, keys, 1)).toEqual(keys);
    expect(split(grid, [...keys, "2024-01-02|d"], Infinity)).toEqual([
      "2024-01-01|a...2024-01-03|b",
      "2024-01-02|d",
    ]);
  });

  test("each once and no others", () => {
    const all = listPartitionKeysInRange(grid, "2024-01-01|a", "2024-01-09|d");
    const asked = all.filter((_, i) => (i * 7) % 11 < 6);
    for (const max of [1, 3, 10, Infinity]) {
      const runs = splitIntoRuns(grid, subsetOfKeys(grid, asked), max);
      const made = runs.map(({ start, end }) => listPartitionKeysInRange(grid, start, end));
      expect(made.flat().sort()).toEqual(asked.toSorted());
      expect(Math.max(...made.map((keys) => keys.length))).toBeLessThanOrEqual(max);
    }
  });

  test("none for none, and none for a key that is not there", () => {
    expect(split(days, [], 3)).toEqual([]);
    expect(() => split(letters, ["e"], 3)).toThrow('There is no partition "e"');
  });
});

test("the fewest partitions that an asset of the run allows count; none allows one", () => {
  const two = { type: "multi_run", maxPartitionsPerRun: 2 } as const;
  expect(maxPartitionsPerRun([{ type: "single_run" }])).toBe(Infinity);
  expect(maxPartitionsPerRun([{ type: "single_run" }, two])).toBe(2);
  expect(maxPartitionsPerRun([two, null])).toBe(1);
});

test("a policy is read from data", () => {
  expect(parseBackfillPolicy({ type: "multi_run", maxPartitionsPerRun: 7, more: 1 })).toEqual({
    type: "multi_run",
    maxPartitionsPerRun: 7,
  });
  expect(parseBackfillPolicy(undefined)).toBeNull();
  expect(() => parseBackfillPolicy({ type: "multi_run", maxPartitionsPerRun: 0 })).toThrow(
    InvalidBackfillPolicy,
  );
  expect(() => parseBackfillPolicy("single")).toThrow("singleRun()");
});
