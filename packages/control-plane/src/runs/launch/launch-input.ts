import type { RunTarget } from "@millrace/model/runs/run-target";

/** What a run is asked to do. */
export interface LaunchInput extends Omit<RunTarget, "jobName" | "runConfig"> {
  /** Null: the only location that has the job or the assets. */
  readonly locationName: string | null;
  /** Null: the assets (or checks) without a job. */
  readonly jobName: string | null;
  /** Laid over the job's default, see `mergeRunConfig`; null: the default alone. */
  readonly runConfig: RunTarget["runConfig"] | null;
}
