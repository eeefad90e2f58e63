import { expect, test } from "vitest";
import { createAssetTarget } from "./launch-assets.ts";

const asset = (key: string, configSchema: unknown = null) => ({
  key,
  locationName: "main",
  configSchema,
  partitions: null,
});
const config = { type: "object", properties: { limit: { type: "integer", default: 10 } } };

test("each asset's config stands under the name of its step", () => {
  const target = createAssetTarget([asset("raw/flights", config), asset("plain")], null);

  expect(target.input).toEqual({ assetSelection: ["raw/flights", "plain"], locationName: "main" });
  expect(target.startConfig).toEqual({ ops: { raw__flights: { config: { limit: 10 } } } });
});

test("assets of several locations leave the choice of the location to the control plane", () => {
  const target = createAssetTarget([asset("a"), { ...asset("b"), locationName: "other" }], ["2024-01"]);

  expect(target.input).toEqual({ assetSelection: ["a", "b"] });
  expect(target.partitionKeys).toEqual(["2024-01"]);
  expect(target.startConfig).toEqual({});
});
