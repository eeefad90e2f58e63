import { assetKey, assetStepName } from "@millrace/model/asset-key";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { ConfigSchema } from "../config/config-schema.ts";
import type { Computation, ComputationOptions } from "../computation/computation.ts";
import { createComputation } from "../computation/create-computation.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { CheckSpec } from "./check-spec.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { AssetContext } from "./asset-context.ts";
import type { Asset, AssetComputation, KeyText } from "./asset-definition.ts";
import type { ObserveResult } from "./asset-result.ts";
import type { AssetAttributes } from "./asset-attributes.ts";
import { createAsset } from "./create-asset.ts";
import { toDependencies, type OrderInput } from "./dependency.ts";

/** How an asset is described that something else makes. */
export interface ExternalAssetOptions<P, T = unknown> extends AssetAttributes {
  /** What it is made of, as far as it matters here: definitions, or keys. */
  readonly after?: readonly OrderInput[];
  readonly partitions?: P;
  /** Loads its value for the assets that depend on it. */
  readonly ioManager?: IoManager<T>;
  /** What is checked of it: elsewhere and reported, or by its `observe`. */
  readonly checks?: readonly CheckSpec[];
}

/**
 * Declares an asset that something else makes: it stands in the graph, its events come from outside, and its value is
 * loaded by its IO manager.
 *
 * @example
 * export const erpOrders = externalAsset<Order[]>("erp/orders", { ioManager: erp });
 */
export function externalAsset<
  T = unknown,
  const P extends PartitionsDefinition | undefined = undefined,
  const K extends string | readonly string[] = string,
>(key: K, options: ExternalAssetOptions<P, NoInfer<T>> = {}): Asset<T, P, KeyText<K>, undefined> {
  const definition = createAsset(assetKey(key), options, {
    partitions: options.partitions,
    checks: options.checks ?? [],
    dependencies: toDependencies([], options.after),
    computation: null,
    ioManager: options.ioManager ?? null,
    source: captureSourcePosition(externalAsset),
  });
  return definition as Asset<T, P, KeyText<K>, undefined>;
}

/** How an external asset is looked at. */
export interface ObservableAssetOptions<C, R, P> extends ExternalAssetOptions<P>, ComputationOptions<C, R> {
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Declares an asset that something else makes and that `observe` looks at: it answers the data's version and metadata.
 * Whoever loads its value says of which type it is: `deps: [assetRef<Price[]>("prices")]`.
 *
 * @example
 * export const prices = observableAsset("prices", { ioManager: files }, async () =>
 *   observeResult({ dataVersion: await hashOfFile("prices.csv") }));
 */
export function observableAsset<
  C extends ConfigSchema | undefined = undefined,
  R extends ResourceMap = {},
  const P extends PartitionsDefinition | undefined = undefined,
  const K extends string | readonly string[] = string,
>(
  key: K,
  options: ObservableAssetOptions<C, R, P>,
  observe: (context: AssetContext<C, R, P>) => ObserveResult | void | Promise<ObserveResult | void>,
): Asset<unknown, P, KeyText<K>, C>;
export function observableAsset(
  keyInput: string | readonly string[],
  options: LooseOptions,
  observe: Computation["compute"],
): Asset {
  const source = captureSourcePosition(observableAsset);
  const key = assetKey(keyInput);
  const outputs = new Map<string, Asset>();
  const computation: AssetComputation = Object.freeze({
    ...createComputation("asset", key, options, observe, source),
    kind: "observe",
    stepKey: assetStepName(key),
    dependencies: toDependencies([], options.after),
    outputs,
    optionalOutputs: new Set<string>(),
    canSubset: false,
    graph: null,
  });
  const definition = createAsset(key, options, {
    partitions: options.partitions,
    checks: options.checks ?? [],
    dependencies: computation.dependencies,
    computation,
    ioManager: options.ioManager ?? null,
    source,
  });
  outputs.set("result", definition);
  return definition;
}

type LooseOptions = ObservableAssetOptions<
  ConfigSchema | undefined,
  ResourceMap,
  PartitionsDefinition | undefined
>;
