import type { Slope } from "./slope.ts";

/** Whether something grows faster than it may. */
export interface Verdict {
  /** What `perMinute` may be; null: it is shown and not judged. */
  readonly limit: number | null;
  readonly grows: boolean;
}

/** What the load did in a minute: some of it leaves something behind on purpose. */
export interface Rates {
  readonly runs: number;
  readonly reloads: number;
}

/** How many standard errors a slope must lie above its limit: samples that follow each other are much alike. */
const CERTAINTY = 4;

/**
 * Growth a minute that is no leak, by measure. Memory grows for some minutes until caches are full and the garbage collector has
 * found its pace: in the second and third minute of the load by 4 MB in the server and the database, by 3 MB in the agent.
 * What is judged here shows with far more: documents cached by number were 100 MB a minute under this load.
 */
const LIMITS: Readonly<Record<string, (rates: Rates) => number>> = {
  "server.pss_mb": () => 15,
  "server.descriptors": () => 5,
  // Each of the pool's processes opens the files of the tables that it comes across, and keeps what it learns of them.
  "database.pss_mb": () => 20,
  "database.descriptors": () => 200,
  "database.processes": () => 2,
  "agent.pss_mb": () => 12,
  "agent.descriptors": () => 5,
  "agent.children": () => 2,
  "code-server.pss_mb": () => 12,
  "code-server.descriptors": () => 5,
  "temporary.files": () => 0,
  "temporary.kb": () => 0,
  // One entry of what Node compiles for each version of the project; bounded by `pruneCompileCache`.
  "cache.files": ({ reloads }) => 2 * reloads,
  "cache.kb": ({ reloads }) => 10 * reloads,
  // Runs are kept as long as the settings say, versions of the project as long as there are runs of them.
  "database.kb": ({ runs, reloads }) => 25 * runs + 40 * reloads,
  "agent-home.files": () => 5,
  "agent-home.kb": () => 20,
  // A bundle for each version, kept for a day.
  "project.files": ({ reloads }) => 12 * reloads,
  "project.kb": ({ reloads }) => 10 * reloads,
};

/** Judges the slope of a measure. */
export function judge(measure: string, slope: Slope, rates: Rates): Verdict {
  const limit = LIMITS[measure]?.(rates) ?? null;
  return { limit, grows: limit !== null && slope.perMinute - CERTAINTY * slope.error > limit };
}
