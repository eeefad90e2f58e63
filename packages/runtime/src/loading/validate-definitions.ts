import type { ErrorInfo } from "@millrace/model/run-event";
import { isTargetJob } from "millrace/internal/jobs/target-job";
import { describeLoadingError } from "./loading-errors.ts";
import { loadLocation } from "./load-location.ts";

/** What a project defines, or why it does not load. */
export type ValidationResult =
  | { readonly error: ErrorInfo }
  | {
      readonly error: null;
      readonly assets: number;
      readonly checks: number;
      readonly jobs: number;
      readonly schedules: number;
      readonly sensors: number;
      /** What is odd about the definitions. */
      readonly warnings: readonly string[];
    };

/** Loads a project's definitions as a code server would, into this process, and counts them. Prints nothing. */
export async function validateDefinitions(
  workingDirectory: string,
  entry: string,
): Promise<ValidationResult> {
  try {
    const { definitions, warnings } = await loadLocation(workingDirectory, entry);
    const { assets, checks, jobs, schedules, sensors } = definitions;
    const inline = [...assets.values()].reduce((sum, asset) => sum + asset.checks.length, 0);
    return {
      error: null,
      assets: assets.size,
      checks: checks.size + inline,
      jobs: [...jobs.keys()].filter((name) => !isTargetJob(name)).length,
      schedules: schedules.size,
      sensors: sensors.size,
      warnings,
    };
  } catch (error) {
    return { error: describeLoadingError(error) };
  }
}
