import type {
  AllMapping,
  DimensionMapping,
  IdentityMapping,
  LastMapping,
  MultiToMultiMapping,
  MultiToSingleMapping,
  SpecificMapping,
  StaticMapping,
  TimeWindowMapping,
} from "@millrace/model/partitions/mappings/mapping";

/**
 * How the partitions of an asset follow from those of an asset it depends on. Without one it is inferred: windows of time
 * that overlap, one dimension of several, equal keys, or everything when the asset itself has no partitions.
 *
 * @example
 * const days = daily({ start: "2024-01-01" });
 * const sales = asset("sales", { partitions: days }, () => 12);
 * // The last seven days, as values by day.
 * const lastWeek = dep(sales, { partitions: partitionMapping.timeWindow({ startOffset: -6 }) });
 * const weekly = asset("weekly_sales", { partitions: days, deps: [lastWeek] }, (_context, byDay) =>
 *   Object.values(byDay).reduce((sum, total) => sum + total, 0),
 * );
 */
export const partitionMapping = {
  /** The partition with the same key. The code receives one value. */
  identity: (): IdentityMapping => ({ type: "identity" }),
  /** Windows that overlap, after the downstream window was moved. The code receives values by partition key. */
  timeWindow: (options: Omit<TimeWindowMapping, "type"> = {}): TimeWindowMapping => ({
    type: "time_window",
    ...options,
  }),
  /** Which downstream keys an upstream key belongs to. The code receives values by partition key. */
  static: (downstreamKeysByUpstreamKey: StaticMapping["downstreamKeysByUpstreamKey"]): StaticMapping => ({
    type: "static",
    downstreamKeysByUpstreamKey,
  }),
  /** All partitions. The code receives values by partition key. */
  all: (): AllMapping => ({ type: "all" }),
  /** The last partition there is. The code receives one value. */
  last: (): LastMapping => ({ type: "last" }),
  /** Always these partitions. The code receives values by partition key. */
  specific: (...keys: readonly string[]): SpecificMapping => ({ type: "specific", keys }),
  /** One side is partitioned like one dimension of the other; which one must be said only when several are. */
  oneDimension: (dimension?: string): MultiToSingleMapping => ({
    type: "multi_to_single",
    ...(dimension === undefined ? {} : { dimension }),
  }),
  /** Each upstream dimension by a mapping of its own. The code receives values by partition key. */
  dimensions: (dimensions: Readonly<Record<string, DimensionMapping>>): MultiToMultiMapping => ({
    type: "multi_to_multi",
    dimensions,
  }),
} as const;
