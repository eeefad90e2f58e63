import { metadata, type CheckResult } from "millrace";
import { z } from "zod";

const span = z.object({ count: z.number().nullish(), period: z.string().nullish() }).nullish();

const results = z.object({
  results: z.array(
    z.object({
      unique_id: z.string(),
      status: z.string(),
      max_loaded_at: z.iso.datetime({ offset: true }).nullish(),
      criteria: z.object({ warn_after: span, error_after: span }).nullish(),
    }),
  ),
});

/** What dbt found of one source. */
export interface FreshnessResult {
  /** When its newest row was loaded; null: dbt could not tell. */
  readonly loadedAt: Date | null;
  readonly check: CheckResult;
}

/** Reads what `dbt source freshness` leaves in `sources.json`, by the ids of sources. @throws ZodError for anything else. */
export function readFreshnessResults(text: string): ReadonlyMap<string, FreshnessResult> {
  const found = results.parse(JSON.parse(text)).results;
  return new Map(found.map((result) => [result.unique_id, toResult(result)]));
}

function toResult(result: z.infer<typeof results>["results"][number]): FreshnessResult {
  const { status, max_loaded_at: loaded, criteria } = result;
  const loadedAt = loaded == null ? null : new Date(loaded);
  const wanted = [
    ["warns", criteria?.warn_after],
    ["fails", criteria?.error_after],
  ] as const;
  const limits = wanted.flatMap(([verb, limit]) =>
    limit?.count ? [`${verb} after ${limit.count} ${limit.period}s`] : [],
  );
  return {
    loadedAt,
    check: {
      passed: status === "pass",
      severity: status === "warn" ? "WARN" : "ERROR",
      description:
        loadedAt === null
          ? `dbt could not tell when it was loaded: ${status}`
          : `Last loaded ${loadedAt.toISOString()}; it ${limits.join(", ")}`,
      metadata: loadedAt === null ? {} : { last_updated_timestamp: metadata.timestamp(loadedAt) },
    },
  };
}
