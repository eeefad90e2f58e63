import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { daily, staticPartitions, weekly } from "../partitions/partitions.ts";
import { planBackfill } from "./plan-backfill.ts";

const now = new Date("2024-05-20T08:00:00Z");
const days = daily({ start: "2024-05-05" });
const orders = asset("orders", { partitions: days }, () => 1);
const cleaned = asset("cleaned", { partitions: days, deps: [orders] }, () => 2);
const weeks = asset("weeks", { partitions: weekly({ start: "2024-05-05" }), deps: [cleaned] }, () => 3);

test("assets with the same partitions share runs, and what is made of several waits for all of them", () => {
  const wish = { now, partitionKeys: ["2024-05-06", "2024-05-07"] };
  const both = ["orders", "cleaned"];
  expect(planBackfill([weeks, cleaned, orders], wish)).toEqual([
    { step: 0, assets: both, partitionKeys: ["2024-05-06"] },
    { step: 0, assets: both, partitionKeys: ["2024-05-07"] },
    { step: 1, assets: ["weeks"], partitionKeys: ["2024-05-05"] },
  ]);
});

test("all partitions there are are made when none is named", () => {
  expect(planBackfill([orders], { now }).length).toBe(15);
});

test("a partition that is not there, and an asset of which nothing is said, are refused", () => {
  const colors = asset("colors", { partitions: staticPartitions(["red"]) }, () => 4);
  expect(() => planBackfill([orders], { now, partitionKeys: ["May"] })).toThrow("May");
  expect(() => planBackfill([orders, colors], { now, partitionKeys: ["2024-05-06"] })).toThrow(
    'Nothing says which partitions of "colors"',
  );
});
