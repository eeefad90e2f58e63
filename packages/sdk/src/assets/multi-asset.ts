import { assetKey } from "@millrace/model/asset-key";
import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { CheckSpec } from "../checks/check-spec.ts";
import type { ConfigSchema } from "../config/config-schema.ts";
import type { Computation, ComputationOptions } from "../definitions/computation.ts";
import { createComputation } from "../definitions/create-computation.ts";
import { DEFINITION, type Definition } from "../definitions/definition.ts";
import { captureSourcePosition } from "../definitions/source-position.ts";
import type { PartitionContext, UpstreamContext } from "./asset-context.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { StepContext } from "../execution/step-context.ts";
import type { Asset, AssetComputation, AssetRef, DependencyInput } from "./asset-definition.ts";
import type { MaterializeResult } from "./asset-result.ts";
import { createAsset, type AssetAttributes } from "./create-asset.ts";
import { toDependencies } from "./dependency.ts";
import type { DependencyValues, PartitionValues, RequireCompatiblePartitions } from "./dependency-values.ts";

declare const specValue: unique symbol;

/** One of the assets that a step makes together; `T` is the type of its value. */
export interface AssetSpec<T = unknown> extends AssetAttributes {
  readonly [specValue]?: T;
  /** Default: its name among the assets. */
  readonly key?: string | readonly string[];
  /** False: the step may leave it out, and what depends on it is skipped. Default: true. */
  readonly required?: boolean;
  readonly ioManager?: IoManager;
  /** Checks of this asset whose results the step returns with it, see `checkSpec`. */
  readonly checks?: readonly CheckSpec[];
}

/** Describes one of the assets of a `multiAsset`, with the type of its value. */
export function assetSpec<T>(attributes: AssetSpec<T> = {}): AssetSpec<T> {
  return attributes;
}

type SpecMap = Readonly<Record<string, AssetSpec>>;
type SpecValue<S> = S extends AssetSpec<infer T> ? T : never;

/** The assets that one step makes together. */
export interface MultiAsset<
  A extends Readonly<Record<string, Asset>> = Readonly<Record<string, Asset>>,
> extends Definition<"multi_asset"> {
  readonly name: string;
  readonly assets: A;
}

/** What the code of a multi-asset receives first. */
export type MultiAssetContext<N extends string, C, R, P, B = undefined> = StepContext<C, R> &
  UpstreamContext & {
    /** Names of the assets that are asked for: all, unless the step can make some of them only. */
    readonly selectedAssets: ReadonlySet<N>;
  } & PartitionContext<P, B>;

/**
 * What the code of a multi-asset returns: values or results by name; what it leaves out is not materialized. With a
 * backfill policy (`B`): values or results by partition key, by name.
 */
export type MultiAssetValues<S extends SpecMap, B = undefined> = {
  readonly [K in keyof S]?: B extends BackfillPolicy
    ? ValueOrResult<PartitionValues<ValueOrResult<SpecValue<S[K]>>>>
    : ValueOrResult<SpecValue<S[K]>>;
};

type ValueOrResult<T> = T | MaterializeResult<T>;

/** How assets that one step makes together are described and made. */
export interface MultiAssetOptions<S, D, C, R, P, B = undefined> extends ComputationOptions<C, R> {
  readonly assets: S;
  readonly deps?: D;
  readonly after?: readonly (Asset | AssetRef | string)[];
  readonly partitions?: P;
  /** How many partitions one run makes, see `singleRun` and `multiRun`. Default: one at a time. */
  readonly backfill?: B;
  /** Whether the step can make some of its assets only, see `context.selectedAssets`. Default: false. */
  readonly canSubset?: boolean;
}

/**
 * Declares several assets that one step makes.
 *
 * @example
 * const shop = multiAsset("load_shop", { assets: { orders: assetSpec<Order[]>(), users: assetSpec<User[]>() } },
 *   async () => ({ orders: await loadOrders(), users: await loadUsers() }));
 * export const { orders, users } = shop.assets;
 */
export function multiAsset<
  const S extends SpecMap,
  const D extends readonly DependencyInput[] = [],
  C extends ConfigSchema | undefined = undefined,
  R extends ResourceMap = {},
  P extends PartitionsDefinition | undefined = undefined,
  B extends BackfillPolicy | undefined = undefined,
>(
  name: string,
  options: MultiAssetOptions<S, D, C, R, P, B> & RequireCompatiblePartitions<D, P>,
  compute: (
    context: MultiAssetContext<keyof S & string, C, R, P, B>,
    ...values: DependencyValues<D, P, B>
  ) => MultiAssetValues<S, B> | Promise<MultiAssetValues<S, B>>,
): MultiAsset<{ readonly [K in keyof S]: Asset<SpecValue<S[K]>, P> }>;
export function multiAsset(name: string, options: LooseOptions, compute: Computation["compute"]): MultiAsset {
  const source = captureSourcePosition(multiAsset);
  const outputs = new Map<string, Asset>();
  const optional = Object.entries(options.assets).filter(([, spec]) => spec.required === false);
  const computation: AssetComputation = Object.freeze({
    ...createComputation("multi-asset", name, options, compute, source),
    kind: "materialize",
    stepKey: name,
    dependencies: toDependencies(options.deps, options.after),
    outputs,
    optionalOutputs: new Set(optional.map(([output]) => output)),
    canSubset: options.canSubset ?? false,
    graph: null,
  });
  for (const [output, spec] of Object.entries(options.assets)) {
    outputs.set(
      output,
      createAsset(assetKey(spec.key ?? output), spec, {
        partitions: options.partitions,
        backfillPolicy: options.backfill,
        checks: spec.checks ?? [],
        dependencies: computation.dependencies,
        computation,
        ioManager: spec.ioManager ?? null,
        source,
      }),
    );
  }
  return Object.freeze({
    [DEFINITION]: "multi_asset",
    source,
    name,
    assets: Object.freeze(Object.fromEntries(outputs)),
  } as const);
}

type LooseOptions = MultiAssetOptions<
  SpecMap,
  readonly DependencyInput[],
  ConfigSchema | undefined,
  ResourceMap,
  PartitionsDefinition | undefined,
  BackfillPolicy | undefined
>;
