import type { RunTarget } from "./run-target.ts";

/** For tests: a whole job, without partitions, config and tags, with changes. */
export function testRunTarget(change: Partial<RunTarget> = {}): RunTarget {
  return {
    jobName: "nightly",
    assetSelection: null,
    checkSelection: null,
    stepSelection: null,
    partitionKey: null,
    partitionRange: null,
    runConfig: {},
    tags: {},
    ...change,
  };
}
