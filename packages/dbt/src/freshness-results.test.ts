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
    dataVersion: "2026-11-29T10:00:00.000Z",
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
    dataVersion: null,
    check: {
      passed: false,
      severity: "ERROR",
      description: "dbt could not tell when it was loaded: error",
    },
  });
});

test("a source without rows, which dbt dates to the year 1, says so and has a version, but no time", () => {
  const max_loaded_at = "0001-01-01T00:00:00Z";

  const found = readFreshnessResults(artifact({ unique_id: "a", status: "error", max_loaded_at, criteria }));

  expect(found.get("a")).toEqual({
    dataVersion: "no rows",
    check: {
      passed: false,
      severity: "ERROR",
      description: "It has no rows; it warns after 6 hours, fails after 2 days",
    },
  });
});
