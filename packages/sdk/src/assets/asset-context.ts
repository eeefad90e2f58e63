import type { AssetKey } from "@millrace/model/asset-key";
import type { VersionProvenance } from "@millrace/model/data-version";
import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type {
  MultiPartitions,
  PartitionsDefinition,
  TimePartitions,
} from "@millrace/model/partitions/definition";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import type { UpstreamMaterialization } from "../context/upstream-materialization.ts";
import type { StepContext } from "../computation/step-context.ts";
import type { Asset, AssetRef } from "./asset-definition.ts";
import type { DimensionKeys, PartitionKeyOf } from "../partitions/partition-keys.ts";
import type { PartitionWindow } from "../partitions/partition-window.ts";

/**
 * What the code of a step knows about the partition it makes; only where there are partitions. Code with a backfill policy
 * (`B`) makes several at once. Where there are none, asking for them is a type error, and throws.
 */
export type PartitionContext<P, B = undefined> = B extends BackfillPolicy
  ? SeveralPartitionsContext<P>
  : OnePartitionContext<P>;

type OnePartitionContext<P> = [P] extends [undefined] ? unknown : EachPartitionContext<P>;

/** Of several assets that one step makes, some may have partitions and others not. */
type EachPartitionContext<P> = P extends PartitionsDefinition
  ? { readonly partitionKey: PartitionKeyOf<P> } & (P extends TimePartitions
      ? { readonly partitionWindow: PartitionWindow }
      : P extends MultiPartitions
        ? {
            readonly partitionDimensions: DimensionKeys<P>;
          } & WindowOfDimensions<P>
        : unknown)
  : { readonly partitionKey?: never };

interface SeveralPartitions {
  readonly partitionKey?: never;
  /** All partitions to make, in order; one, when the run was asked for one. */
  readonly partitionKeys: readonly string[];
  /** The first and the last of them. */
  readonly partitionRange: PartitionKeyRange;
}

type SeveralPartitionsContext<P> = SeveralPartitions &
  (P extends TimePartitions
    ? {
        /** From the start of the first to the end of the last partition. */
        readonly partitionWindow: PartitionWindow;
      }
    : P extends MultiPartitions
      ? {
          /** The keys of each dimension; the partitions are their product. */
          readonly partitionDimensions: { readonly [D in keyof P["dimensions"]]: readonly string[] };
        } & WindowOfDimensions<P>
      : unknown);

/** The window of the dimension that is time, where exactly one is. */
type WindowOfDimensions<P extends MultiPartitions> =
  IsOne<TimeDimension<P["dimensions"]>> extends true
    ? { readonly partitionWindow: PartitionWindow }
    : unknown;

type TimeDimension<D> = { [K in keyof D]: D[K] extends TimePartitions ? K : never }[keyof D];

type IsOne<K, All = K> = [K] extends [never]
  ? false
  : K extends unknown
    ? [All] extends [K]
      ? true
      : false
    : never;

/** What the code of a step that makes or checks assets may ask about assets. */
export interface UpstreamContext {
  /**
   * The newest materialization of an asset that the step depends on, whoever made it: of the partition that the step is made
   * from, if that is one. It is what was known when the run began, and what the run itself has made since.
   *
   * Null: there is none, or the control plane could not be asked, which the run's log says then.
   *
   * @example
   * export const summary = asset("summary", { deps: [rawOrders] }, (context, orders) => {
   *   const rows = context.upstream(rawOrders)?.metadata["rows"];
   *   context.log.info(`${orders.length} orders, ${JSON.stringify(rows)} when they were loaded`);
   * });
   *
   * @throws InvalidStepResult for an asset that the step does not depend on.
   */
  upstream(asset: Asset | AssetRef | string): UpstreamMaterialization | null;
  /**
   * What the last materialization of each asset that the step makes was made from, by key: versions of its code and of its
   * inputs. Null for one that has none, or when the control plane can't be asked.
   */
  findProvenance(): Promise<Readonly<Record<string, VersionProvenance | null>>>;
}

/** What the code of an asset receives first. */
export type AssetContext<
  C = undefined,
  R = {},
  P extends PartitionsDefinition | undefined = undefined,
  B extends BackfillPolicy | undefined = undefined,
> = StepContext<C, R> & UpstreamContext & { readonly assetKey: AssetKey } & PartitionContext<P, B>;
