import type { SensorWatch } from "@millrace/model/sensed-events";
import { expect, test } from "vitest";
import { describeWatch } from "./describe-watch.ts";

test.each<[SensorWatch | null, string | null]>([
  [null, null],
  [{ kind: "assets", assets: ["orders"], when: "any" }, "orders materialized"],
  [
    { kind: "assets", assets: ["a", "b", "c", "d", "e"], when: "all" },
    "each of a, b, c and 2 more materialized",
  ],
  [
    { kind: "runs", statuses: ["FAILURE", "CANCELED"], jobs: ["nightly"], allLocations: false },
    "nightly FAILURE or CANCELED",
  ],
  [
    { kind: "runs", statuses: ["FAILURE"], jobs: null, allLocations: true },
    "any job FAILURE, in all code locations",
  ],
])("%j is described as %j", (watch, text) => {
  expect(describeWatch(watch)).toBe(text);
});
