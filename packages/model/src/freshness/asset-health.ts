import type { FreshnessState } from "./evaluate-freshness.ts";

/** How an asset, or a part of its health, stands. `NOT_APPLICABLE`: nothing of it is defined. */
export const HEALTH_STATUSES = ["HEALTHY", "WARNING", "DEGRADED", "UNKNOWN", "NOT_APPLICABLE"] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** What an asset's health follows from. */
export interface HealthFacts {
  readonly isMaterialized: boolean;
  /** Whether it, or one of its partitions, failed after it was last made. */
  readonly hasFailed: boolean;
  /** Whether the run that failed is launched again by itself. */
  readonly willRetry: boolean;
  /** How each of its checks stands by its last evaluation; failed too when it could not be evaluated since. */
  readonly checks: readonly ("passed" | "warned" | "failed" | "unknown")[];
  /** Null: it has no freshness policy. */
  readonly freshness: FreshnessState | null;
}

/** The health of an asset, as a whole and by part. */
export interface AssetHealth {
  readonly status: HealthStatus;
  readonly materialization: HealthStatus;
  readonly checks: HealthStatus;
  readonly freshness: HealthStatus;
}

const FRESHNESS: Readonly<Record<FreshnessState, HealthStatus>> = {
  PASS: "HEALTHY",
  WARN: "WARNING",
  FAIL: "DEGRADED",
  UNKNOWN: "UNKNOWN",
};

/**
 * Folds what is known of an asset into its health: as bad as the worst of its parts. Runs and evaluations that are under way change
 * nothing before they have ended. Pure.
 */
export function assessHealth(facts: HealthFacts): AssetHealth {
  const materialization = assessMaterialization(facts);
  const checks = assessChecks(facts.checks);
  const freshness = facts.freshness === null ? "NOT_APPLICABLE" : FRESHNESS[facts.freshness];
  const parts = [materialization, checks, freshness];
  const worst = (["DEGRADED", "WARNING"] as const).find((status) => parts.includes(status));
  return {
    status: worst ?? (materialization === "UNKNOWN" ? "UNKNOWN" : "HEALTHY"),
    materialization,
    checks,
    freshness,
  };
}

function assessMaterialization({ isMaterialized, hasFailed, willRetry }: HealthFacts): HealthStatus {
  if (hasFailed) return willRetry ? "WARNING" : "DEGRADED";
  return isMaterialized ? "HEALTHY" : "UNKNOWN";
}

function assessChecks(checks: HealthFacts["checks"]): HealthStatus {
  if (checks.length === 0) return "NOT_APPLICABLE";
  if (checks.includes("failed")) return "DEGRADED";
  if (checks.includes("warned")) return "WARNING";
  return checks.includes("unknown") ? "UNKNOWN" : "HEALTHY";
}
