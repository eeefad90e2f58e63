import { parseFreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import { formatDuration } from "@millrace/model/time/format-duration";

/** How old an asset may get, in words. */
export function describeFreshnessPolicy(json: unknown): string {
  const policy = parseFreshnessPolicy(json);
  if (policy.type === "time_window") {
    const { failSeconds, warnSeconds } = policy;
    const warning = warnSeconds == null ? "" : `, a warning after ${formatDuration(warnSeconds * 1_000)}`;
    return `at most ${formatDuration(failSeconds * 1_000)} old${warning}`;
  }
  const { deadlineCron, timezone, lowerBoundSeconds } = policy;
  return `made at most ${formatDuration(lowerBoundSeconds * 1_000)} before ${deadlineCron} (${timezone ?? "UTC"})`;
}
