import { parseCron } from "../time/cron-schedule.ts";
import { findTickFrom, ticksBackFrom } from "../time/cron-ticks.ts";
import { getTimeZone } from "../time/time-zone.ts";
import type { CronFreshness, FreshnessPolicy } from "./freshness-policy.ts";

/** How fresh an asset is; `UNKNOWN` until it has been materialized. */
export const FRESHNESS_STATES = ["PASS", "WARN", "FAIL", "UNKNOWN"] as const;
export type FreshnessState = (typeof FRESHNESS_STATES)[number];

/**
 * How fresh an asset is now. Pure: the same arguments always give the same state.
 *
 * @param lastMaterializedAt Milliseconds since the epoch; null when it never was.
 * @param now Milliseconds since the epoch.
 */
export function evaluateFreshness(
  policy: FreshnessPolicy,
  lastMaterializedAt: number | null,
  now: number,
): FreshnessState {
  if (lastMaterializedAt === null) return "UNKNOWN";
  if (policy.type === "cron") {
    const deadline = lastDeadline(policy, now);
    const isInTime = deadline === null || lastMaterializedAt >= deadline - policy.lowerBoundSeconds * 1000;
    return isInTime ? "PASS" : "FAIL";
  }
  const ageSeconds = (now - lastMaterializedAt) / 1000;
  if (ageSeconds >= policy.failSeconds) return "FAIL";
  return policy.warnSeconds != null && ageSeconds >= policy.warnSeconds ? "WARN" : "PASS";
}

/**
 * The first instant after `now` at which time alone may change the state, milliseconds since the epoch; null: it never does.
 */
export function nextFreshnessChange(
  policy: FreshnessPolicy,
  lastMaterializedAt: number | null,
  now: number,
): number | null {
  if (lastMaterializedAt === null) return null;
  if (policy.type === "cron") {
    return findTickFrom(parseCron(policy.deadlineCron), getTimeZone(policy.timezone ?? "UTC"), now + 1);
  }
  const ages = [policy.warnSeconds, policy.failSeconds].filter((seconds) => seconds != null);
  const ahead = ages.map((seconds) => lastMaterializedAt + seconds * 1000).filter((at) => at > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

/** The last deadline that has passed: one that is now has. */
function lastDeadline(policy: CronFreshness, now: number): number | null {
  const zone = getTimeZone(policy.timezone ?? "UTC");
  const { value } = ticksBackFrom(parseCron(policy.deadlineCron), zone, now).next();
  return value ?? null;
}
