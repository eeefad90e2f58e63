import { expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { collectAssetChanges } from "./collect-asset-changes.ts";

const event = (
  type: "ASSET_MATERIALIZATION" | "ASSET_OBSERVATION",
  assetKey: string,
  timestamp: number,
  partition: string | null = null,
): RunEvent => ({
  type,
  assetKey,
  timestamp,
  partition,
  message: "",
  stepKey: "s",
  metadata: {},
  tags: {},
  dataVersion: null,
});

test("a batch without assets changes nothing", () => {
  expect(
    collectAssetChanges([{ type: "LOG", timestamp: 1, message: "", stepKey: null, level: "INFO" }]),
  ).toBeNull();
});

test("every asset and every partition is changed once, by what was said last, whatever the time it gives", () => {
  const changes = collectAssetChanges([
    event("ASSET_MATERIALIZATION", "a", 5, "p"),
    event("ASSET_MATERIALIZATION", "a", 3, "p"),
    event("ASSET_OBSERVATION", "a", 7),
    event("ASSET_OBSERVATION", "a", 6, "p"),
    event("ASSET_MATERIALIZATION", "b", 1),
    event("ASSET_MATERIALIZATION", "b", 1),
    { type: "SOMETHING_NEW", timestamp: 1, message: "" },
  ]);

  expect(changes).toMatchObject({
    assets: [
      { key: "a", materializations: 2, lastMaterialization: 1, lastObservation: 3 },
      { key: "b", materializations: 2, lastMaterialization: 5, lastObservation: null },
    ],
    partitions: [{ key: "a", partition: "p", lastMaterialization: 1, lastObservation: 3 }],
  });
  expect(changes?.events).toHaveLength(6);
});
