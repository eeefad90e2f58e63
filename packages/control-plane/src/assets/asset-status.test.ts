import { expect, test } from "vitest";
import { assetStateOf, partitionStateOf, type AssetRecord } from "./asset-status.ts";

const at = (ms: number) => new Date(ms);
const record: AssetRecord = {
  key: "a",
  materializationCount: 1,
  lastMaterializedAt: at(10),
  lastMaterializationRunId: "r1",
  lastFailedAt: null,
  lastFailedRunId: null,
  activeRunId: null,
};

test.each([
  ["nothing is known of it", undefined, "missing"],
  ["it was materialized", {}, "materialized"],
  ["it failed since", { lastFailedAt: at(11) }, "failed"],
  ["it was materialized since it failed", { lastFailedAt: at(9) }, "materialized"],
  ["it only ever failed", { lastMaterializedAt: null, lastFailedAt: at(1) }, "failed"],
  ["it was only observed", { lastMaterializedAt: null }, "missing"],
  ["a run is to produce it", { activeRunId: "r2", lastFailedAt: at(11) }, "in_progress"],
  [
    "the run that is under way has failed to",
    { activeRunId: "r2", lastFailedRunId: "r2", lastFailedAt: at(11) },
    "failed",
  ],
  ["the run that is under way has produced it", { activeRunId: "r1" }, "materialized"],
])("%s: %j is %s", (_what, change, state) => {
  expect(assetStateOf(change && { ...record, ...change })).toBe(state);
});

test.each([
  [undefined, "missing"],
  [{ lastMaterializedAt: at(1), lastFailedAt: null }, "materialized"],
  [{ lastMaterializedAt: at(1), lastFailedAt: at(2) }, "failed"],
  [{ lastMaterializedAt: null, lastFailedAt: null }, "missing"],
])("a partition of which %j is known is %s", (change, state) => {
  expect(partitionStateOf(change && { key: "p", lastRunId: null, ...change })).toBe(state);
});
