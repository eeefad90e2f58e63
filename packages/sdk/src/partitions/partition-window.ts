/** The window of time of a partition, `end` exclusive. */
export interface PartitionWindow {
  readonly start: Date;
  readonly end: Date;
}
