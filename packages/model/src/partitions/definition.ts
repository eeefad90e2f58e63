/** Kinds of time-window partitions; `cron` cuts windows at the ticks of a cron expression of its own. */
export const TIME_PARTITION_TYPES = ["hourly", "daily", "weekly", "monthly", "cron"] as const;
export type TimePartitionType = (typeof TIME_PARTITION_TYPES)[number];

/**
 * Partitions that are windows of time, cut by a schedule from `start` on. A partition exists once its window has ended.
 *
 * Times (`start`, `end`, `at`) are wall times in `timezone`, without an offset: `2024-01-31` or `2024-01-31T06:00:00`.
 */
export interface TimePartitions {
  readonly type: TimePartitionType;
  /** IANA name. Default UTC. */
  readonly timezone?: string;
  /** Windows start at or after this. */
  readonly start: string;
  /** No window ends after this. Default: none. */
  readonly end?: string;
  /** The schedule, for type `cron` only. */
  readonly cron?: string;
  /** Minute of the hour at which windows start. Default 0. */
  readonly minuteOffset?: number;
  /** Hour of the day at which windows start (not for `hourly`). Default 0. */
  readonly hourOffset?: number;
  /** Weekly: weekday, 0 is Sunday (default). Monthly: day of the month, default 1. */
  readonly dayOffset?: number;
  /** How many windows beyond the last ended one exist; negative holds the newest back. Default 0. */
  readonly endOffset?: number;
  /** strftime pattern of keys. Default: `%Y-%m-%d-%H:%M` where windows start at several times of a day, else `%Y-%m-%d`. */
  readonly format?: string;
  /** Windows that start at such a tick or time are left out. */
  readonly exclusions?: readonly PartitionExclusion[];
}

export type PartitionExclusion = { readonly cron: string } | { readonly at: string };

/** A fixed list of keys, in this order. */
export interface StaticPartitions {
  readonly type: "static";
  readonly keys: readonly string[];
}

/** Keys that are added and removed while the deployment runs; whoever asks for keys supplies them (`DynamicKeys`). */
export interface DynamicPartitions {
  readonly type: "dynamic";
  readonly name: string;
}

/** Two to four dimensions; a key has one key of each, joined with `|` in the order of the dimensions' names. */
export interface MultiPartitions {
  readonly type: "multi";
  readonly dimensions: Readonly<Record<string, SinglePartitions>>;
}

export type SinglePartitions = TimePartitions | StaticPartitions | DynamicPartitions;

/** How an asset or job is partitioned: plain data, equal in the SDK, on the wire and in the database. */
export type PartitionsDefinition = SinglePartitions | MultiPartitions;

/** A window of time in milliseconds since the epoch, `end` exclusive. */
export interface PartitionWindow {
  readonly start: number;
  readonly end: number;
}

/** The present keys of dynamic partitions by their name, oldest first. A name that is absent has none. */
export type DynamicKeys = Readonly<Record<string, readonly string[]>>;

export function isTimePartitions(definition: PartitionsDefinition): definition is TimePartitions {
  return (TIME_PARTITION_TYPES as readonly string[]).includes(definition.type);
}
