/** What became of a partition: unfinished runs do not count. */
export const PARTITION_STATES = ["missing", "materialized", "failed"] as const;
export type PartitionState = (typeof PARTITION_STATES)[number];
