import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { HandedOver, IoManager } from "../io/io-manager.ts";
import type { DependencyInput } from "./asset-definition.ts";
import type { CheckSpec } from "./check-spec.ts";
import type { AssetAttributes } from "./asset-attributes.ts";
import type { SchemaInput } from "./value-schema.ts";
import type { OrderInput } from "./dependency.ts";

declare const specValue: unique symbol;

/**
 * One of the assets that a step makes together: `T` is the type of its value, `P` and `B` its own partitions and backfill
 * policy, undefined for those of the step.
 */
export interface AssetSpec<
  T = unknown,
  P extends PartitionsDefinition | undefined = undefined,
  B extends BackfillPolicy | undefined = undefined,
> extends AssetAttributes {
  readonly [specValue]?: T;
  /** Default: its name among the assets. */
  readonly key?: string | readonly string[];
  /**
   * Assets whose values this one is made from, besides the `deps` of the step: `context.input` has them when this asset is asked
   * for. A text is the name of another asset of the step.
   */
  readonly deps?: readonly (DependencyInput | string)[];
  /**
   * Assets that this one alone depends on without needing their values, besides the `after` of the step. A text is the name of
   * another asset of the step, or else the key of any asset.
   */
  readonly after?: readonly OrderInput[];
  /** Default: those of the step. Assets that are partitioned differently need `canSubset: true`. */
  readonly partitions?: P;
  /** How many partitions of it one run makes. Default: the policy of the step. Different ones need `canSubset: true`. */
  readonly backfill?: B;
  /** False: the step may leave it out, and what depends on it is skipped. Default: true. */
  readonly required?: boolean;
  readonly ioManager?: IoManager<HandedOver<T>>;
  /** Checks of this asset whose results the step returns with it, see `checkSpec`. */
  readonly checks?: readonly CheckSpec[];
  /**
   * What the value must be: any Standard Schema, such as one of zod. The value is held against it before it is stored, and stored
   * as it was returned; the asset has a check `schema`, and the columns of rows that it describes.
   */
  readonly schema?: SchemaInput<T>;
}

/**
 * Describes one of the assets of a `multiAsset`, with the type of its value. One with partitions or a backfill policy of its own
 * names their types too, or leaves all of them to be inferred.
 *
 * @example
 * const raw = asset("raw", () => [3, 1]);
 * const shop = multiAsset(
 *   "shop",
 *   {
 *     assets: {
 *       sorted: assetSpec<number[]>({ deps: [raw] }),
 *       largest: assetSpec<number>({ deps: ["sorted"] }),
 *     },
 *     canSubset: true,
 *   },
 *   (context) => {
 *     const { selectedAssets: wanted } = context;
 *     const sort = () => context.input(raw).toSorted((a, b) => a - b);
 *     return {
 *       ...(wanted.has("sorted") ? { sorted: sort() } : {}),
 *       ...(wanted.has("largest") ? { largest: (context.input("sorted") ?? sort()).at(-1) ?? 0 } : {}),
 *     };
 *   },
 * );
 * export const { sorted, largest } = shop.assets;
 */
export function assetSpec<T>(
  attributes?: AssetSpec<T> & NamedByOutput & AlwaysMade,
): AssetSpec<T> & NamedByOutput & AlwaysMade;
export function assetSpec<T>(attributes: AssetSpec<T> & NamedByOutput): AssetSpec<T> & NamedByOutput;
export function assetSpec<T>(attributes: AssetSpec<T> & AlwaysMade): AssetSpec<T> & AlwaysMade;
export function assetSpec<T>(attributes: AssetSpec<T>): AssetSpec<T>;
export function assetSpec<
  T,
  const P extends PartitionsDefinition | undefined,
  const B extends BackfillPolicy | undefined = undefined,
>(attributes: AssetSpec<T, P, B>): AssetSpec<T, P, B>;
export function assetSpec(attributes: AnySpec = {}): AnySpec {
  return attributes;
}

/** One whose key is its name among the assets of its step. */
interface NamedByOutput {
  readonly key?: never;
}

/** One that the code must not leave out, unless it is not asked for. */
export interface AlwaysMade {
  readonly required?: true;
}

/** An asset of a step, however it is partitioned. */
export type AnySpec = AssetSpec<unknown, PartitionsDefinition | undefined, BackfillPolicy | undefined>;

/** The assets that a step makes together, by the names of its outputs. */
export type SpecMap = Readonly<Record<string, AnySpec>>;
/** The type of the value of an asset that is described so. */
export type SpecValue<S> =
  S extends AssetSpec<infer T, PartitionsDefinition | undefined, BackfillPolicy | undefined> ? T : never;
/** The key of an asset that is described so under the name `N`, as far as the types know it. */
export type SpecKey<S, N> = S extends NamedByOutput ? N & string : string;
/** How an asset that is described so is partitioned, when its step is partitioned as `P` says. */
export type SpecPartitions<S, P extends PartitionsDefinition | undefined> = S extends {
  readonly partitions?: infer U extends PartitionsDefinition | undefined;
}
  ? OwnOr<"partitions" extends keyof S ? U : undefined, P>
  : P;
/** The backfill policy of an asset that is described so, when that of its step is `B`. */
export type SpecBackfill<S, B extends BackfillPolicy | undefined> = S extends {
  readonly backfill?: infer U extends BackfillPolicy | undefined;
}
  ? OwnOr<"backfill" extends keyof S ? U : undefined, B>
  : B;

type OwnOr<U, D> = [U] extends [undefined] ? D : undefined extends U ? D | U : U;
