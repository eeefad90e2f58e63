import type { RunConfig } from "./run-config.ts";

/** Parts of a run config that are merged entry by entry; any other field is replaced as a whole. */
const SECTIONS = ["ops", "resources"] as const;

/**
 * The config that a run gets: what its launch gives laid over the job's default, op by op and resource by resource. The control
 * plane stores the result with the run, and the worker merges by the same rule, which changes nothing of a merged config.
 *
 * A section that is no object is taken as it is: checking it is for whoever checks the config.
 */
export function mergeRunConfig(jobConfig: RunConfig, runConfig: RunConfig): RunConfig {
  const merged: Record<string, unknown> = { ...jobConfig, ...runConfig };
  for (const section of SECTIONS) {
    const [ofJob, ofRun] = [jobConfig[section], runConfig[section]];
    if (isObject(ofJob) && isObject(ofRun)) merged[section] = { ...ofJob, ...ofRun };
  }
  return merged;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
