/** Why a run failed; stored beside the status so that nobody has to read the log to learn it. */
export const RUN_FAILURE_REASONS = [
  "STEP_FAILURE",
  "JOB_INITIALIZATION_FAILURE",
  "RUN_EXCEPTION",
  "LAUNCH_FAILURE",
  "WORKER_DIED",
  "WORKER_LOST",
  "WORKER_HUNG",
  "MAX_RUNTIME_EXCEEDED",
] as const;
export type RunFailureReason = (typeof RUN_FAILURE_REASONS)[number];
