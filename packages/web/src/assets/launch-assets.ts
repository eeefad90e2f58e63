import { assetStepName, parseAssetKey } from "@millrace/model/asset-key";
import type { LaunchTarget } from "../runs/launch/LaunchForm.tsx";
import { startValue } from "../runs/launch/json-schema.ts";
import type { LaunchableAssetQuery } from "./assets.gen.ts";

export type LaunchableAsset = NonNullable<LaunchableAssetQuery["asset"]>;

/** What launching these assets together asks for: the config of each step, and a partition when one of them has partitions. */
export function createAssetTarget(
  assets: readonly LaunchableAsset[],
  partitionKeys: readonly string[] | null,
): LaunchTarget {
  const configurable = assets.filter(
    (asset) => asset.configSchema !== null && asset.configSchema !== undefined,
  );
  const steps = configurable.map(
    (asset) => [assetStepName(parseAssetKey(asset.key)), asset.configSchema] as const,
  );
  const schema = {
    type: "object",
    properties: {
      ops: {
        type: "object",
        properties: Object.fromEntries(
          steps.map(([step, config]) => [step, { type: "object", properties: { config } }]),
        ),
      },
    },
  };
  const locations = new Set(assets.map((asset) => asset.locationName));
  const [location] = locations;
  return {
    input: {
      assetSelection: assets.map((asset) => asset.key),
      ...(locations.size === 1 && location !== undefined ? { locationName: location } : {}),
    },
    schema,
    startConfig: startValue(schema) ?? {},
    partitionKeys,
  };
}
