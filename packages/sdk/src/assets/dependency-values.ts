import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition, TimePartitions } from "@millrace/model/partitions/definition";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";
import type {
  Asset,
  AssetRef,
  Dependencies,
  DependencyInput,
  DependencyWithOptions,
} from "./asset-definition.ts";

type Partitioning = PartitionsDefinition | undefined;

/** Values of several partitions of an asset, by partition key. */
export type PartitionValues<T> = Readonly<Record<string, T>>;

/** The parameters by which user code receives the values of its dependencies: one for each, or one with all of them by name. */
export type DependencyValues<
  D extends Dependencies,
  P extends Partitioning,
  B extends BackfillPolicy | undefined = undefined,
> = D extends readonly DependencyInput[]
  ? ValuesInOrder<D, P, B>
  : [values: { readonly [N in keyof D]: DependencyValue<D[N], P, B> }];

type ValuesInOrder<D extends readonly DependencyInput[], P, B> = {
  -readonly [I in keyof D]: DependencyValue<D[I], P, B>;
};

/** The value that code receives for one dependency. */
export type DependencyValue<D, P, B> =
  D extends DependencyWithOptions<infer A, infer M>
    ? A extends Asset<infer T, infer U> | AssetRef<infer T, infer U>
      ? LoadedValue<T, LoadedForSeveral<LoadedPartitions<U, P, M>, U, M, B>>
      : never
    : D extends Asset<infer T, infer U> | AssetRef<infer T, infer U>
      ? LoadedValue<T, LoadedForSeveral<LoadedPartitions<U, P, undefined>, U, undefined, B>>
      : never;

/** Code with a backfill policy makes several partitions at once, so that one of each becomes many. */
type LoadedForSeveral<L, U, M, B> = B extends BackfillPolicy
  ? L extends "one"
    ? [U] extends [undefined]
      ? "one"
      : M extends { readonly type: "last" }
        ? "one"
        : "many"
    : L
  : L;

type LoadedValue<T, L> = L extends "one" ? T : L extends "many" ? PartitionValues<T> : never;

/**
 * Whether one partition of an upstream asset is loaded or several may be, seen from the types alone: `U` and `P` are how
 * the upstream asset and the one that depends on it are partitioned. `loadedPartitions` decides the same at run time.
 */
type LoadedPartitions<U, P, M> = [U] extends [undefined]
  ? "one"
  : M extends PartitionMapping
    ? M["type"] extends "identity" | "last"
      ? "one"
      : M["type"] extends "multi_to_single"
        ? U extends { readonly type: "multi" }
          ? "many"
          : "one"
        : "many"
    : [P] extends [undefined]
      ? "many"
      : [U, P] extends [{ readonly type: infer X }, { readonly type: infer Y }]
        ? [X] extends [Y]
          ? "one"
          : [U, P] extends [TimePartitions, TimePartitions]
            ? "many"
            : Y extends "multi"
              ? "one"
              : X extends "multi"
                ? "many"
                : "incompatible"
        : "incompatible";

/**
 * Options must also fit this: nothing, unless the partitions of a dependency can not follow from those of the asset, such
 * as days from countries. Then `deps` is an error until `dep(…, { partitions })` says how they do.
 */
export type RequireCompatiblePartitions<D extends Dependencies, P extends Partitioning> = [P] extends [
  undefined,
]
  ? unknown
  : true extends IncompatibleDependency<D extends readonly DependencyInput[] ? D[number] : D[keyof D], P>
    ? { readonly deps: "Say with dep(asset, { partitions }) how these partitions belong together" }
    : unknown;

type IncompatibleDependency<D, P> = D extends Asset<unknown, infer U> | AssetRef<unknown, infer U>
  ? "incompatible" extends LoadedPartitions<U, P, undefined>
    ? true
    : false
  : false;
