import { assetKey, assetStepName, type AssetKey } from "@millrace/model/asset-key";
import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { CheckSpec } from "./check-spec.ts";
import type { ConfigSchema } from "../config/config-schema.ts";
import type { Computation, ComputationOptions } from "../computation/computation.ts";
import { createComputation } from "../computation/create-computation.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { IoManager, RequireStorable } from "../io/io-manager.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { AssetContext } from "./asset-context.ts";
import type { Asset, AssetComputation, Dependencies, KeyText } from "./asset-definition.ts";
import type { AssetResult, AssetResultValue, ResultValue } from "./asset-result.ts";
import type { AssetAttributes } from "./asset-attributes.ts";
import { createAsset } from "./create-asset.ts";
import { inOrder, toDependencies, type OrderInput } from "./dependency.ts";
import type { SchemaInput, ValueOfSchema } from "./value-schema.ts";
import type { DependencyValues, RequireCompatiblePartitions } from "./dependency-values.ts";

/** The name of the output of an asset that a step makes alone. */
export const SINGLE_OUTPUT = "result";

const NO_OUTPUTS: ReadonlySet<string> = new Set();

/** How an asset is described and made. */
export interface AssetOptions<D, C, R, P, B = undefined, I = unknown, M = unknown>
  extends ComputationOptions<C, R>, AssetAttributes {
  /** Assets whose values the code receives: one after the other, or in one object under these names. */
  readonly deps?: D;
  /** Assets that only come first: definitions, or keys. */
  readonly after?: readonly OrderInput[];
  readonly partitions?: P;
  /** How many partitions one run makes, see `singleRun` and `multiRun`. Default: one at a time. */
  readonly backfill?: B;
  /** Checks that the asset's own code evaluates, see `checkSpec`. */
  readonly checks?: readonly CheckSpec[];
  /**
   * What the value must be: any Standard Schema, such as one of zod. The value is held against it before it is stored, and stored
   * as it was returned; the asset has a check `schema`, and the columns of rows that it describes.
   */
  readonly schema?: SchemaInput<I>;
  /** What stores its value, which must be of a type that it stores. Default: that of the code location. */
  readonly ioManager?: IoManager<M>;
}

/**
 * Declares an asset: a piece of data that `compute` knows how to make.
 *
 * `compute` runs in a run worker, never in the control plane, and receives the value of each dependency: in order, or by the
 * names that `deps` gives them. What it returns is stored by the asset's IO manager and reaches whoever depends on it.
 *
 * @example
 * export const cleanOrders = asset("clean_orders", { deps: [rawOrders] }, async (_context, raw) =>
 *   raw.filter((order) => order.total > 0),
 * );
 * // By name, so that two of one type are never swapped.
 * export const kept = asset("kept", { deps: { raw: rawOrders, clean: cleanOrders } }, (_context, { raw, clean }) =>
 *   clean.length / raw.length,
 * );
 */
export function asset<
  const D extends Dependencies = [],
  C extends ConfigSchema | undefined = undefined,
  R extends ResourceMap = {},
  P extends PartitionsDefinition | undefined = undefined,
  B extends BackfillPolicy | undefined = undefined,
  I = unknown,
  V extends AssetResult<B, ValueOfSchema<I>> = AssetResult<B, ValueOfSchema<I>>,
  const K extends string | readonly string[] = string,
  M = never,
>(
  key: K,
  options: AssetOptions<D, C, R, P, B, I, M> &
    RequireCompatiblePartitions<D, P> &
    RequireStorable<M, AssetResultValue<V, B>>,
  compute: (context: AssetContext<C, R, P, B>, ...values: DependencyValues<D, P, B>) => V,
): Asset<AssetResultValue<V, B>, P, KeyText<K>, C>;
export function asset<V, const K extends string | readonly string[] = string>(
  key: K,
  compute: (context: AssetContext) => V,
): Asset<ResultValue<V>, undefined, KeyText<K>, undefined>;
export function asset(
  keyInput: string | readonly string[],
  ...rest: [LooseAssetOptions, Computation["compute"]] | [Computation["compute"]]
): Asset {
  const source = captureSourcePosition(asset);
  const key: AssetKey = assetKey(keyInput);
  const [options, compute]: [LooseAssetOptions, Computation["compute"]] =
    rest.length === 1 ? [{}, rest[0]] : rest;
  const outputs = new Map<string, Asset>();
  const computation: AssetComputation = {
    ...createComputation("asset", key, options, inOrder(options.deps, compute), source),
    kind: "materialize",
    stepKey: assetStepName(key),
    dependencies: toDependencies(options.deps, options.after),
    outputs,
    optionalOutputs: NO_OUTPUTS,
    canSubset: false,
    graph: null,
  };
  const definition = createAsset(key, options, {
    partitions: options.partitions,
    backfillPolicy: options.backfill,
    checks: options.checks ?? [],
    schema: options.schema,
    dependencies: computation.dependencies,
    computation: Object.freeze(computation),
    ioManager: options.ioManager ?? null,
    source,
  });
  outputs.set(SINGLE_OUTPUT, definition);
  return definition;
}

type LooseAssetOptions = AssetOptions<
  Dependencies,
  ConfigSchema | undefined,
  ResourceMap,
  PartitionsDefinition | undefined,
  BackfillPolicy | undefined
>;
