import type { AssetKey } from "@millrace/model/asset-key";
import type {
  MultiPartitions,
  PartitionsDefinition,
  TimePartitions,
} from "@millrace/model/partitions/definition";
import type { StepContext } from "../execution/step-context.ts";

/** What the code of a step knows about the partition it makes; only where there are partitions. */
export type PartitionContext<P> = P extends PartitionsDefinition
  ? { readonly partitionKey: string } & (P extends TimePartitions
      ? { readonly partitionWindow: PartitionWindow }
      : P extends MultiPartitions
        ? { readonly partitionDimensions: { readonly [D in keyof P["dimensions"]]: string } }
        : unknown)
  : { readonly partitionKey?: never };

/** The window of time of a partition, `end` exclusive. */
export interface PartitionWindow {
  readonly start: Date;
  readonly end: Date;
}

/** What the code of an asset receives first. */
export type AssetContext<
  C = undefined,
  R = {},
  P extends PartitionsDefinition | undefined = undefined,
> = StepContext<C, R> & { readonly assetKey: AssetKey } & PartitionContext<P>;
