// For packages that run programs as steps.
export { followLines, type FollowedLines } from "./pipes/follow-lines.ts";
export { PipesProcessNotStarted } from "./pipes/pipes-errors.ts";
export type { ProcessOutcome } from "./pipes/process-outcome.ts";
export { runProcess, type ProcessOptions } from "./pipes/run-process.ts";
