import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";

/**
 * Lets one run make all partitions that are asked for, as far as they follow each other. The code of the asset takes all
 * partitions of its run at once: `context.partitionKeys`, values of what it depends on by partition key; and it returns
 * its own values by partition key, or nothing when it stores them itself.
 *
 * @example
 * const days = daily({ start: "2024-01-01" });
 * const visits = asset("visits", { partitions: days, backfill: singleRun() }, async (context) => {
 *   const { start, end } = context.partitionWindow;
 *   context.log.info(`Loading visits from ${start.toISOString()} to ${end.toISOString()}`);
 *   return Object.fromEntries(context.partitionKeys.map((key) => [key, [] as string[]]));
 * });
 */
export function singleRun(): BackfillPolicy {
  return Object.freeze({ type: "single_run" } as const);
}

/**
 * Like `singleRun`, but no run has more partitions than that; more that are asked for become several runs. In a backfill a run
 * begins as soon as there is something that it can make, while one of `singleRun` waits until it can make all that is in a row.
 *
 * @example
 * const visits = asset("visits", {
 *   partitions: daily({ start: "2024-01-01" }),
 *   backfill: multiRun({ maxPartitionsPerRun: 7 }),
 * }, async (context) => Object.fromEntries(context.partitionKeys.map((key) => [key, 0])));
 */
export function multiRun(options: { readonly maxPartitionsPerRun: number }): BackfillPolicy {
  return Object.freeze({ type: "multi_run", maxPartitionsPerRun: options.maxPartitionsPerRun } as const);
}
