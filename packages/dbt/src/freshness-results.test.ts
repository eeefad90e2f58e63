import { expect, test } from "vitest";
import { readFreshnessResults } from "./freshness-results.ts";

const criteria = { warn_after: { count: 6, period: "hour" }, error_after: { count: 2, period: "day" } };
const artifact = (...results: object[]): string => JSON.stringify({ metadata: {}, results });

test.each([
  ["pass", true, "ERROR"],
  ["warn", false, "WARN"],
  ["error", false, "ERROR"],
])("a source of which dbt says %s: passed %s, severity %s", (status, passed, severity) => {
  const max_loaded_at = "2026-11-29T10:00:00+00:00";

  const found = readFreshnessResults(artifact({ unique_id: "a", status, max_loaded_at, criteria }));

  expect(found.get("a")).toMatchObject({
    loadedAt: new Date(max_loaded_at),
    check: {
      passed,
      severity,
      description: "Last loaded 2026-11-29T10:00:00.000Z; it warns after 6 hours, fails after 2 days",
    },
  });
});

test("a source without a time did not pass", () => {
  const found = readFreshnessResults(artifact({ unique_id: "a", status: "error", criteria }));

  expect(found.get("a")).toEqual({
    loadedAt: null,
    check: {
      passed: false,
      severity: "ERROR",
      description: "dbt could not tell when it was loaded: error",
      metadata: {},
    },
  });
});
