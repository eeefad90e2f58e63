import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { ConfigSchema } from "../config/config-schema.ts";
import type { Computation, ComputationOptions } from "../computation/computation.ts";
import { createComputation } from "../computation/create-computation.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { PartitionContext, UpstreamContext } from "./asset-context.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { StepContext } from "../computation/step-context.ts";
import type { Asset, AssetRef, DependencyInput } from "./asset-definition.ts";
import type { MaterializeResult } from "./asset-result.ts";
import type { SpecMap, SpecValue } from "./asset-spec.ts";
import { createMultiAsset, type MultiAsset } from "./create-multi-asset.ts";
import type { DependencyValues, PartitionValues, RequireCompatiblePartitions } from "./dependency-values.ts";

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
  const step = createComputation("multi-asset", name, options, compute, captureSourcePosition(multiAsset));
  return createMultiAsset(name, options, step, null);
}

type LooseOptions = MultiAssetOptions<
  SpecMap,
  readonly DependencyInput[],
  ConfigSchema | undefined,
  ResourceMap,
  PartitionsDefinition | undefined,
  BackfillPolicy | undefined
>;
