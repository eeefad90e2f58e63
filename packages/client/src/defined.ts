import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import type { AssetKeyOf, AssetsOf, ConfigFor, Job, JobsOf, PartitionKeyOf, TakesConfig } from "millrace";

/** The keys of the assets that definitions have. */
export type AssetKeyIn<D> = AssetKeyOf<AssetsOf<D>>;

/** The names of the jobs that definitions have. */
export type JobNameIn<D> = JobsOf<D>["name"];

/** The partitions that may be named when the job `N` is launched. */
export type JobPartitions<D, N> = PartitionChoice<PartitionsOfJob<JobsOf<D>, N>>;

/** The partitions that may be named when the assets `K` are materialized. */
export type AssetPartitions<D, K> = PartitionChoice<PartitionsOfAsset<AssetsOf<D>, K>>;

/** Config of assets by their keys, each held to the schema of its asset; of assets of a multi-asset the types know none. */
export interface AssetConfigs<D> {
  /** Config of assets by their keys, beside `runConfig`: where both say something of one asset, this holds. */
  readonly config?: ConfigsOf<AssetsOf<D>>;
}

type ConfigsOf<A> = {
  readonly [K in ConfiguredKey<A>]?: ConfigFor<SchemaOf<A, K>>;
};

/** Whoever knows nothing of the keys may give config to any; else those with a schema count. */
type ConfiguredKey<A> =
  A extends TakesConfig<infer C>
    ? string extends AssetKeyOf<A>
      ? AssetKeyOf<A>
      : unknown extends C
        ? never
        : [C] extends [undefined]
          ? never
          : AssetKeyOf<A>
    : never;

type SchemaOf<A, K> = A extends TakesConfig<infer C> ? (K extends AssetKeyOf<A> ? C : never) : never;

/** The partition that may be named when something is reported of the asset `K`. */
export type ReportedPartition<D, K> = Pick<AssetPartitions<D, K>, "partitionKey">;

type PartitionsOfJob<J, N> = J extends Job<infer M, infer P> ? (N extends M ? P : never) : never;

type PartitionsOfAsset<A, K> = A extends { readonly partitions: infer P }
  ? K extends AssetKeyOf<A>
    ? P
    : never
  : never;

/** Of something without partitions none may be named; static ones have these keys, others any. */
type PartitionChoice<P> = [P] extends [undefined]
  ? { readonly partitionKey?: never; readonly partitionRange?: never }
  : {
      readonly partitionKey?: PartitionKeyOf<Exclude<P, undefined>>;
      /** Several partitions in one run, both ends included, instead of `partitionKey`. */
      readonly partitionRange?: PartitionKeyRange;
    };
