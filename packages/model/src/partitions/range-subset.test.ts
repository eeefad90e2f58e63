import { expect, test } from "vitest";
import type { PartitionsDefinition } from "./definition.ts";
import { listPartitionKeysInRange } from "./partition-keys.ts";
import { UnknownPartitionKey } from "./partition-errors.ts";
import { subsetOfRange } from "./range-subset.ts";
import { subsetKeys } from "./subset-keys.ts";

const daily: PartitionsDefinition = { type: "daily", start: "2024-01-01" };
const letters: PartitionsDefinition = { type: "static", keys: ["a", "b", "c"] };
const both: PartitionsDefinition = { type: "multi", dimensions: { day: daily, letter: letters } };

test.each<[PartitionsDefinition, string, string]>([
  [daily, "2024-01-03", "2024-02-02"],
  [daily, "2024-02-02", "2024-01-03"],
  [{ ...daily, exclusions: [{ cron: "0 0 * * 0" }] }, "2024-01-03", "2024-01-12"],
  [letters, "b", "c"],
  [both, "2024-01-03|a", "2024-01-05|b"],
])("the subset of a range has the keys of the range: %j from %s to %s", (definition, start, end) => {
  const keys = [...subsetKeys(definition, subsetOfRange(definition, { start, end }))].sort();

  expect(keys).toEqual(listPartitionKeysInRange(definition, start, end).sort());
});

test("an end that is no key, or is before the definition's start, is refused", () => {
  expect(() => subsetOfRange(daily, { start: "today", end: "2024-01-05" })).toThrow(UnknownPartitionKey);
  expect(() => subsetOfRange(daily, { start: "2023-12-31", end: "2024-01-05" })).toThrow(UnknownPartitionKey);
  expect(() => subsetOfRange(letters, { start: "a", end: "z" })).toThrow(UnknownPartitionKey);
});
