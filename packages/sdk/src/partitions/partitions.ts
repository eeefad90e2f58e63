import type {
  DynamicPartitions,
  MultiPartitions,
  PartitionsDefinition,
  SinglePartitions,
  StaticPartitions,
  TimePartitions,
  TimePartitionType,
} from "@millrace/model/partitions/definition";
import { validatePartitionsDefinition } from "@millrace/model/partitions/parse-definition";
import { requireTellingFormat } from "@millrace/model/partitions/window-format";

/** What may be said about partitions that are windows of time; `start` and the zone are those of wall clocks. */
export type TimePartitionsOptions<T extends TimePartitionType> = Omit<
  TimePartitions,
  | "type"
  | "cron"
  | (T extends "hourly" ? "hourOffset" | "dayOffset" : T extends "daily" ? "dayOffset" : never)
>;

/** Partitions of one type of window. */
export type TimePartitionsOf<T extends TimePartitionType> = TimePartitions & { readonly type: T };

/** Partitions with these keys. */
export interface StaticPartitionsOf<K extends readonly string[]> extends StaticPartitions {
  readonly keys: K;
}

/** Partitions with these dimensions. */
export interface MultiPartitionsOf<D extends MultiPartitions["dimensions"]> extends MultiPartitions {
  readonly dimensions: D;
}

/** One partition for each hour since `start`. */
export function hourly(options: TimePartitionsOptions<"hourly">): TimePartitionsOf<"hourly"> {
  return checked({ type: "hourly", ...options });
}

/**
 * One partition for each day since `start`.
 *
 * @example
 * const days = daily({ start: "2024-01-01", timezone: "Europe/Berlin" });
 */
export function daily(options: TimePartitionsOptions<"daily">): TimePartitionsOf<"daily"> {
  return checked({ type: "daily", ...options });
}

/** One partition for each week since `start`; weeks begin on Sunday unless `dayOffset` says otherwise. */
export function weekly(options: TimePartitionsOptions<"weekly">): TimePartitionsOf<"weekly"> {
  return checked({ type: "weekly", ...options });
}

/** One partition for each month since `start`, a date such as `2024-01` or `2024-01-01`. */
export function monthly(options: TimePartitionsOptions<"monthly">): TimePartitionsOf<"monthly"> {
  const start = /^\d{4}-\d{2}$/.test(options.start) ? `${options.start}-01` : options.start;
  return checked({ type: "monthly", ...options, start });
}

/** One partition for each window between two ticks of a cron expression. */
export function cronPartitions(
  cron: string,
  options: Omit<TimePartitions, "type" | "cron" | "minuteOffset" | "hourOffset" | "dayOffset">,
): TimePartitionsOf<"cron"> {
  return checked({ type: "cron", cron, ...options });
}

/** One partition for each of these keys, in this order. */
export function staticPartitions<const K extends readonly string[]>(keys: K): StaticPartitionsOf<K> {
  return checked({ type: "static", keys });
}

/** Partitions that are added and removed while the deployment runs; definitions with the same name share them. */
export function dynamicPartitions(name: string): DynamicPartitions {
  return checked({ type: "dynamic", name });
}

/**
 * One partition for each combination of two to four dimensions. A key joins one key of each with `|`, in the order of
 * the dimensions' names.
 *
 * @example
 * const salesPartitions = multiPartitions({
 *   day: daily({ start: "2024-01-01" }),
 *   country: staticPartitions(["de", "fr"]),
 * });
 */
export function multiPartitions<const D extends Readonly<Record<string, SinglePartitions>>>(
  dimensions: D,
): MultiPartitionsOf<D> {
  return checked({ type: "multi", dimensions });
}

/** @throws InvalidPartitionsDefinition saying which field is wrong */
function checked<T extends PartitionsDefinition>(definition: T): T {
  validatePartitionsDefinition(definition);
  requireTellingFormat(definition);
  return Object.freeze(definition);
}
