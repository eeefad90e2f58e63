import { ExpectedError } from "../../expected-error.ts";

/** Partitions with the same key belong together. */
export interface IdentityMapping {
  readonly type: "identity";
}
/** Windows belong together when they overlap, after the downstream window was moved by the offsets. */
export interface TimeWindowMapping {
  readonly type: "time_window";
  /** By how many windows of the downstream asset its start and end are moved. Default 0. */
  readonly startOffset?: number;
  readonly endOffset?: number;
  /** Upstream windows that do not exist are then not missed. Default false. */
  readonly allowNonexistentUpstream?: boolean;
}
export interface StaticMapping {
  readonly type: "static";
  readonly downstreamKeysByUpstreamKey: Readonly<Record<string, string | readonly string[]>>;
}
/** Every downstream partition needs all upstream partitions. */
export interface AllMapping {
  readonly type: "all";
}
/** Every downstream partition needs the last upstream partition. */
export interface LastMapping {
  readonly type: "last";
}
/** Every downstream partition needs these upstream partitions. */
export interface SpecificMapping {
  readonly type: "specific";
  readonly keys: readonly string[];
}
/** One side is partitioned like one dimension of the other. */
export interface MultiToSingleMapping {
  readonly type: "multi_to_single";
  /** Which of several dimensions that are partitioned like the other side. Not needed when there is just one. */
  readonly dimension?: string;
}
/** Each upstream dimension depends on a downstream dimension; dimensions that are not mentioned depend on all keys. */
export interface MultiToMultiMapping {
  readonly type: "multi_to_multi";
  readonly dimensions: Readonly<Record<string, DimensionMapping>>;
}
export interface DimensionMapping {
  readonly downstreamDimension: string;
  readonly mapping: SingleMapping;
}

/** Mappings between partitions of one dimension. */
export type SingleMapping =
  | IdentityMapping
  | TimeWindowMapping
  | StaticMapping
  | AllMapping
  | LastMapping
  | SpecificMapping;

/** Which upstream partitions a downstream partition needs; plain data. */
export type PartitionMapping = SingleMapping | MultiToSingleMapping | MultiToMultiMapping;

/** A mapping that can not connect these two definitions. */
export class MappingDoesNotFit extends ExpectedError {
  readonly code = "mapping_does_not_fit";
  constructor(mapping: PartitionMapping, reason: string) {
    super(`The partition mapping "${mapping.type}" does not fit: ${reason}`);
  }
}
