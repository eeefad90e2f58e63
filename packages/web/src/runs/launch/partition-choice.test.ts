import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { countPartitionKeys } from "@millrace/model/partitions/partition-keys";
import { expect, test } from "vitest";
import {
  chooseAll,
  chooseKey,
  countChosen,
  listChoiceDimensions,
  listUsedDynamicNames,
  startChoice,
  toPartitions,
} from "./partition-choice.ts";

const NOW = Date.parse("2024-01-05T12:00:00Z");
const days: PartitionsDefinition = { type: "daily", start: "2024-01-01" };
const shops: PartitionsDefinition = { type: "static", keys: ["north", "south"] };
const customers: PartitionsDefinition = { type: "dynamic", name: "customers" };
const list = (definitions: PartitionsDefinition[], keys: string[] = []) =>
  listChoiceDimensions(definitions, NOW, { customers: keys });

test("a launch begins with the latest partition in time; of others somebody has to choose one", () => {
  const dimensions = list([days]);

  expect(dimensions[0]?.keys).toEqual(["2024-01-04", "2024-01-03", "2024-01-02", "2024-01-01"]);
  expect(toPartitions(dimensions, startChoice(dimensions))).toMatchObject({ partitionKey: "2024-01-04" });
  expect(toPartitions(list([shops]), startChoice(list([shops])))).toBeNull();
  expect(toPartitions([], startChoice([]))).toEqual({
    partitionKey: null,
    partitionRange: null,
  });
});

test("a range goes from its first to its last key, never backwards", () => {
  const dimensions = list([days]);
  const range = chooseKey({ ...startChoice(dimensions), mode: "range" }, "from", 0, "2024-01-02");

  expect(countChosen(dimensions, range)).toBe(3);
  expect(toPartitions(dimensions, range)).toMatchObject({
    partitionRange: { start: "2024-01-02", end: "2024-01-04" },
  });
  const backwards = chooseKey(range, "to", 0, "2024-01-01");
  expect(countChosen(dimensions, backwards)).toBe(0);
  expect(toPartitions(dimensions, backwards)).toBeNull();
  expect(countChosen(dimensions, chooseAll(dimensions, "range"))).toBe(4);
});

test("of several dimensions one chooses a key or a range of each", () => {
  const dimensions = list([{ type: "multi", dimensions: { shop: shops, day: days } }]);
  const one = chooseKey(startChoice(dimensions), "from", 1, "south");

  expect(dimensions.map(({ name }) => name)).toEqual(["day", "shop"]);
  expect(toPartitions(dimensions, one)).toMatchObject({ partitionKey: "2024-01-04|south" });
  expect(toPartitions(dimensions, chooseAll(dimensions, "range"))).toMatchObject({
    partitionRange: { start: "2024-01-01|north", end: "2024-01-04|south" },
  });
  expect(countChosen(dimensions, chooseAll(dimensions, "range"))).toBe(8);
});

test("dynamic keys are the newest first, and can be added to", () => {
  const dimensions = list([customers], ["acme", "bolt"]);

  expect(dimensions[0]).toMatchObject({ keys: ["bolt", "acme"], dynamicName: "customers" });
  expect(toPartitions(dimensions, chooseAll(dimensions, "range"))).toMatchObject({
    partitionRange: { start: "acme", end: "bolt" },
  });
  expect(listUsedDynamicNames([{ type: "multi", dimensions: { customer: customers, day: days } }])).toEqual([
    "customers",
  ]);
});

test("of more keys than are listed the first one is offered too, so that all means all", () => {
  const hours: PartitionsDefinition = { type: "hourly", start: "2020-01-01" };
  const total = countPartitionKeys(hours, NOW);
  const dimensions = list([hours]);
  const all = chooseAll(dimensions, "runs");

  expect(dimensions[0]?.keys).toHaveLength(20_000);
  expect(countChosen(dimensions, all)).toBe(total);
  expect(toPartitions(dimensions, all)).toMatchObject({
    partitionRange: { start: "2020-01-01-00:00", end: "2024-01-05-11:00" },
  });
  const first = { ...all, to: all.from };
  expect(countChosen(dimensions, first)).toBe(1);
  const later = list([hours, { ...hours, start: "2020-01-02" }]);
  expect(countChosen(later, chooseAll(later, "runs"))).toBe(total - 24);
});

test("with different partitions only keys that all have are offered", () => {
  const later: PartitionsDefinition = { type: "daily", start: "2024-01-03" };
  expect(list([days, later])[0]?.keys).toEqual(["2024-01-04", "2024-01-03"]);
});
