import { expect, test } from "vitest";
import { assessHealth, type HealthFacts } from "./asset-health.ts";

const WELL: HealthFacts = {
  isMaterialized: true,
  hasFailed: false,
  willRetry: false,
  checks: [],
  freshness: null,
};

test.each<[Partial<HealthFacts>, string]>([
  [{}, "HEALTHY HEALTHY NOT_APPLICABLE NOT_APPLICABLE"],
  [{ isMaterialized: false }, "UNKNOWN UNKNOWN NOT_APPLICABLE NOT_APPLICABLE"],
  [{ hasFailed: true }, "DEGRADED DEGRADED NOT_APPLICABLE NOT_APPLICABLE"],
  [{ hasFailed: true, isMaterialized: false }, "DEGRADED DEGRADED NOT_APPLICABLE NOT_APPLICABLE"],
  [{ hasFailed: true, willRetry: true }, "WARNING WARNING NOT_APPLICABLE NOT_APPLICABLE"],
  [{ checks: ["passed", "passed"] }, "HEALTHY HEALTHY HEALTHY NOT_APPLICABLE"],
  [{ checks: ["passed", "unknown"] }, "HEALTHY HEALTHY UNKNOWN NOT_APPLICABLE"],
  [{ checks: ["unknown", "warned"] }, "WARNING HEALTHY WARNING NOT_APPLICABLE"],
  [{ checks: ["warned", "failed"] }, "DEGRADED HEALTHY DEGRADED NOT_APPLICABLE"],
  [{ freshness: "PASS" }, "HEALTHY HEALTHY NOT_APPLICABLE HEALTHY"],
  [{ freshness: "WARN" }, "WARNING HEALTHY NOT_APPLICABLE WARNING"],
  [{ freshness: "FAIL", checks: ["warned"] }, "DEGRADED HEALTHY WARNING DEGRADED"],
  [{ freshness: "UNKNOWN", isMaterialized: false }, "UNKNOWN UNKNOWN NOT_APPLICABLE UNKNOWN"],
])("%j is %s", (change, expected) => {
  const { status, materialization, checks, freshness } = assessHealth({ ...WELL, ...change });
  expect([status, materialization, checks, freshness].join(" ")).toBe(expected);
});
