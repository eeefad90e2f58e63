import type { CronFreshness, TimeWindowFreshness } from "@millrace/model/freshness/freshness-policy";

/**
 * How old an asset's last materialization may be before people are told. A policy launches nothing.
 *
 * @example
 * const hour = 3600;
 * export const orders = asset(
 *   "orders",
 *   { freshnessPolicy: freshness.timeWindow({ failSeconds: 24 * hour, warnSeconds: 12 * hour }) },
 *   () => [1, 2],
 * );
 * export const report = asset(
 *   "report",
 *   {
 *     freshnessPolicy: freshness.cron("0 9 * * *", { lowerBoundSeconds: 2 * hour, timezone: "Europe/Berlin" }),
 *   },
 *   () => "all well",
 * );
 */
export const freshness = {
  /** By age. */
  timeWindow: (options: Omit<TimeWindowFreshness, "type">): TimeWindowFreshness => ({
    type: "time_window",
    ...options,
  }),
  /** By deadline: at each tick the asset must have been materialized no longer ago than the lower bound. */
  cron: (deadlineCron: string, options: Omit<CronFreshness, "type" | "deadlineCron">): CronFreshness => ({
    type: "cron",
    deadlineCron,
    ...options,
  }),
} as const;
