import type { Hook } from "../../hooks/hook.ts";
import type { Job } from "../../jobs/job.ts";
import type { PlannedStep } from "./execution-plan.ts";

/** The hooks of a step: those of its job, then its own; each once. */
export function listHooks(job: Job | null, planned: PlannedStep): Hook[] {
  return [...new Set([...(job?.hooks ?? []), ...planned.computation.hooks])];
}
