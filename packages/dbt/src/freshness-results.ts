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
  /** What identifies its rows, such as when the newest one was loaded; null: dbt could not tell. */
  readonly dataVersion: string | null;
  readonly check: CheckResult;
}

/** What dbt says of a source without rows: the first year that there is. */
const NO_ROWS_BEFORE = Date.parse("0002-01-01");

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
  const outcome = { passed: status === "pass", severity: status === "warn" ? "WARN" : "ERROR" } as const;
  if (loadedAt === null) {
    const description = `dbt could not tell when it was loaded: ${status}`;
    return { dataVersion: null, check: { ...outcome, description } };
  }
  if (loadedAt.getTime() < NO_ROWS_BEFORE)
    return {
      dataVersion: "no rows",
      check: { ...outcome, description: `It has no rows; it ${limits.join(", ")}` },
    };
  return {
    dataVersion: loadedAt.toISOString(),
    check: {
      ...outcome,
      description: `Last loaded ${loadedAt.toISOString()}; it ${limits.join(", ")}`,
      metadata: { last_updated_timestamp: metadata.timestamp(loadedAt) },
    },
  };
}
