import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { ConfigSchema } from "../config/config-schema.ts";
import type { Computation, ComputationOptions } from "../computation/computation.ts";
import { createComputation } from "../computation/create-computation.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { PartitionContext, UpstreamContext } from "./asset-context.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { StepContext } from "../computation/step-context.ts";
import type { Asset, Dependencies, DependencyInput } from "./asset-definition.ts";
import type { MaterializeResult } from "./asset-result.ts";
import type { AlwaysMade, SpecBackfill, SpecKey, SpecMap, SpecPartitions, SpecValue } from "./asset-spec.ts";
import { inOrder, type OrderInput } from "./dependency.ts";
import { createMultiAsset, type MultiAsset } from "./create-multi-asset.ts";
import type {
  DependencyValue,
  DependencyValues,
  PartitionValues,
  RequireCompatiblePartitions,
} from "./dependency-values.ts";

/** What the code of a multi-asset receives first. */
export type MultiAssetContext<
  S extends SpecMap,
  C,
  R,
  P extends PartitionsDefinition | undefined,
  B extends BackfillPolicy | undefined = undefined,
> = StepContext<C, R> &
  UpstreamContext &
  InputContext<S, P, B> & {
    /**
     * Names of the assets that are asked for: all, unless the step can make some of them only. Those that other assets come
     * between are asked for one part after the other.
     */
    readonly selectedAssets: ReadonlySet<keyof S & string>;
  } & PartitionContext<SpecPartitions<S[keyof S], P>, SpecBackfill<S[keyof S], B>>;

/** The values of what single assets of a step depend on. */
export interface InputContext<
  S extends SpecMap,
  P extends PartitionsDefinition | undefined,
  B extends BackfillPolicy | undefined,
> {
  /**
   * The value of another asset of the step that one of the selected ones has in its `deps`. Undefined while the same call makes
   * it, from whose code it is at hand then.
   *
   * @throws InvalidStepResult when none of the selected assets depends on it.
   */
  input<K extends keyof S & string>(
    name: K,
  ):
    | InputValue<
        Asset<SpecValue<S[K]>, SpecPartitions<S[K], P>>,
        SpecPartitions<S[keyof S], P>,
        SpecBackfill<S[keyof S], B>
      >
    | undefined;
  /**
   * The value of an asset that one of the selected assets has in its `deps`: give what stands there, also when it is a `dep`.
   *
   * @throws InvalidStepResult when none of the selected assets depends on it.
   */
  input<D extends DependencyInput>(
    asset: D,
  ): InputValue<D, SpecPartitions<S[keyof S], P>, SpecBackfill<S[keyof S], B>>;
}

type InputValue<D, P, B> = P extends unknown ? (B extends unknown ? DependencyValue<D, P, B> : never) : never;

/**
 * What the code of a multi-asset returns: values or results by name. It may leave out what is `required: false`, and a step that can
 * be subset (`U`) what is not asked for; what it leaves out is not materialized. Of an asset with a backfill policy (`B`): values or
 * results by partition key, or nothing when the code has stored them itself.
 */
export type MultiAssetValues<
  S extends SpecMap,
  B extends BackfillPolicy | undefined = undefined,
  U extends boolean = false,
> = U extends true
  ? { readonly [K in keyof S]?: MadeValue<S[K], B> }
  : [keyof S] extends [MustMake<S, B>]
    ? { readonly [K in keyof S]: MadeValue<S[K], B> }
    : { readonly [K in MustMake<S, B>]: MadeValue<S[K], B> } & {
        readonly [K in Exclude<keyof S, MustMake<S, B>>]?: MadeValue<S[K], B>;
      };

/** The names of assets of which the code must return a value. Those that have none, or are stored by the code, a run asks for. */
type MustMake<S extends SpecMap, B extends BackfillPolicy | undefined> = {
  [K in keyof S]: S[K] extends AlwaysMade
    ? SpecBackfill<S[K], B> extends BackfillPolicy
      ? never
      : [SpecValue<S[K]>] extends [void]
        ? never
        : K
    : never;
}[keyof S];

type MadeValue<S, B extends BackfillPolicy | undefined> =
  SpecBackfill<S, B> extends BackfillPolicy
    ? ValueOrResult<PartitionValues<ValueOrResult<SpecValue<S>>>> | MaterializeResult<void> | undefined
    : ValueOrResult<SpecValue<S>>;

type ValueOrResult<T> = T | MaterializeResult<T>;

/** How assets that one step makes together are described and made. */
export interface MultiAssetOptions<S, D, C, R, P, B = undefined, U = boolean> extends ComputationOptions<
  C,
  R
> {
  readonly assets: S;
  /** Assets that every asset of the step is made from; the code receives their values, one after the other or in one object. */
  readonly deps?: D;
  /** Assets that every asset of the step depends on without needing their values: definitions, or keys. */
  readonly after?: readonly OrderInput[];
  readonly partitions?: P;
  /** How many partitions one run makes, see `singleRun` and `multiRun`. Default: one at a time. */
  readonly backfill?: B;
  /**
   * Whether the step can make some of its assets only, see `context.selectedAssets`. A run calls it once for each part of them
   * that other assets come between. Default: false.
   */
  readonly canSubset?: U;
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
  const D extends Dependencies = [],
  C extends ConfigSchema | undefined = undefined,
  R extends ResourceMap = {},
  P extends PartitionsDefinition | undefined = undefined,
  B extends BackfillPolicy | undefined = undefined,
  U extends boolean = false,
>(
  name: string,
  options: MultiAssetOptions<S, D, C, R, P, B, U> & RequireCompatiblePartitions<D, P>,
  compute: (
    context: MultiAssetContext<S, C, R, P, B>,
    ...values: DependencyValues<D, P, B>
  ) => MultiAssetValues<NoInfer<S>, B, U> | Promise<MultiAssetValues<NoInfer<S>, B, U>>,
): MultiAsset<
  { readonly [K in keyof S]: Asset<SpecValue<S[K]>, SpecPartitions<S[K], P>, SpecKey<S[K], K>, C> },
  C
>;
export function multiAsset(name: string, options: LooseOptions, compute: Computation["compute"]): MultiAsset {
  const code = inOrder(options.deps, compute);
  const step = createComputation("multi-asset", name, options, code, captureSourcePosition(multiAsset));
  return createMultiAsset(name, options, step, null);
}

type LooseOptions = MultiAssetOptions<
  SpecMap,
  Dependencies,
  ConfigSchema | undefined,
  ResourceMap,
  PartitionsDefinition | undefined,
  BackfillPolicy | undefined
>;
