import type { SensorWatch } from "@millrace/model/sensed-events";

/** Names in a row beyond this are counted. */
const NAMED = 3;

/**
 * What a sensor waits for, in a few words; null for one that looks by itself.
 *
 * @param value a `SensorWatch`, as the API gives it.
 */
export function describeWatch(value: unknown): string | null {
  if (value === null) return null;
  const watch = value as SensorWatch;
  if (watch.kind === "assets") {
    const each = watch.when === "all" && watch.assets.length > 1 ? "each of " : "";
    return `${each}${listNames(watch.assets)} materialized`;
  }
  const jobs = watch.jobs === null ? "any job" : listNames(watch.jobs);
  return `${jobs} ${watch.statuses.join(" or ")}${watch.allLocations ? ", in all code locations" : ""}`;
}

function listNames(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(", ")} and ${more} more` : names.join(", ");
}
