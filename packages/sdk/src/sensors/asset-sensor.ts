import { assetKey } from "@millrace/model/asset-key";
import type { Asset, AssetRef } from "../assets/asset-definition.ts";
import { checkKind } from "../definition/check-kind.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { Job } from "../jobs/job.ts";
import type { SelectionInput } from "../jobs/selection-input.ts";
import type { RequestedKeys } from "../ticks/requested-keys.ts";
import type { TickCode } from "../ticks/tick-outcome.ts";
import { createSensor } from "./create-sensor.ts";
import type { SensedMaterialization } from "./sensed-events.ts";
import type { Sensor, SensorContext, SensorOptions } from "./sensor-definition.ts";

type Watchable = Asset | AssetRef;

/** What the code of a sensor on one asset receives. */
export type AssetSensorContext<A extends Watchable, R = {}, K extends string = string> = SensorContext<
  R,
  K
> & {
  /** The asset's materializations since the last evaluation, oldest first; at least one. */
  readonly materializations: readonly [
    SensedMaterialization<A["partitions"]>,
    ...SensedMaterialization<A["partitions"]>[],
  ];
};

/**
 * Declares a sensor on an asset, of this code location or another one: it is evaluated when the asset has been
 * materialized. `evaluate` runs in the code server.
 *
 * @example
 * const orders = assetRef<number>("shop/orders");
 * const report = asset("report", () => "all well");
 * export const onOrders = assetSensor("on_orders", { asset: orders, target: [report] }, (context) =>
 *   runRequest({ runKey: context.materializations[0].runId ?? "outside" }),
 * );
 */
export function assetSensor<
  A extends Watchable,
  R extends ResourceMap = {},
  J extends Job = never,
  const T extends SelectionInput = never,
>(
  name: string,
  options: SensorOptions<R, J, T> & { readonly asset: A },
  evaluate: TickCode<AssetSensorContext<A, R, RequestedKeys<J, T>>, RequestedKeys<J, T>>,
): Sensor {
  const source = captureSourcePosition(assetSensor);
  checkKind(
    () => describeDefinition("sensor", name, { source }),
    "asset",
    options.asset,
    "asset",
    "asset_ref",
  );
  const watch = { kind: "assets", assets: [options.asset.key], when: "any" } as const;
  return createSensor("asset", name, watch, options, evaluate, source);
}

/** What the code of a sensor on several assets receives. */
export type MultiAssetSensorContext<A extends Watchable, R = {}, K extends string = string> = SensorContext<
  R,
  K
> & {
  /** All of them since the last evaluation, oldest first. */
  readonly materializations: readonly SensedMaterialization<A["partitions"]>[];
  /** Those of one of the assets, oldest first. */
  materializationsOf<One extends A>(asset: One): readonly SensedMaterialization<One["partitions"]>[];
};

/**
 * Declares a sensor on several assets: it is evaluated when one of them has been materialized, or with `when: "all"` once
 * each has, counted from the last evaluation.
 *
 * @example
 * const orders = assetRef<number>("shop/orders");
 * const users = assetRef<number>("shop/users");
 * const report = asset("report", () => "all well");
 * export const onBoth = multiAssetSensor(
 *   "on_both",
 *   { assets: [orders, users], when: "all", target: [report] },
 *   (context) => (context.materializationsOf(orders).length > 100 ? skip("too many at once") : runRequest()),
 * );
 */
export function multiAssetSensor<
  const A extends Watchable,
  R extends ResourceMap = {},
  J extends Job = never,
  const T extends SelectionInput = never,
>(
  name: string,
  options: SensorOptions<R, J, T> & {
    readonly assets: readonly A[];
    /** Default: `any`. */
    readonly when?: "any" | "all";
  },
  evaluate: TickCode<MultiAssetSensorContext<A, R, RequestedKeys<J, T>>, RequestedKeys<J, T>>,
): Sensor {
  const source = captureSourcePosition(multiAssetSensor);
  const where = () => describeDefinition("sensor", name, { source });
  if (options.assets.length === 0) throw new DefinitionError("invalid_option", `${where()} watches no asset`);
  for (const [index, watched] of options.assets.entries())
    checkKind(where, `assets[${index}]`, watched, "asset", "asset_ref");
  const assets = options.assets.map(({ key }) => assetKey(key));
  const watch = { kind: "assets", assets, when: options.when ?? "any" } as const;
  return createSensor("multi_asset", name, watch, options, evaluate, source);
}
