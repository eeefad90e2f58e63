import { isAuthorsJob } from "./authors-job.ts";

/**
 * Names what a run does: its job, or the assets it makes where nobody gave the job its name, as with those that Millrace makes for
 * assets alone.
 */
export function describeTarget(run: {
  readonly jobName: string;
  readonly assetKeys: readonly string[];
}): string {
  if (isAuthorsJob(run.jobName)) return run.jobName;
  const [first, ...rest] = run.assetKeys;
  if (first === undefined) return "assets";
  return rest.length === 0 ? first : `${first} + ${rest.length} more`;
}
