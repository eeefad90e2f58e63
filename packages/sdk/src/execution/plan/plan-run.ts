import type { ExecutionPlan } from "./execution-plan.ts";
import { listNeededDynamicNames } from "./needed-dynamic-names.ts";
import type { Clock } from "@millrace/model/time/clock";
import type { RunInstance } from "../../context/run-instance.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { PlanRequest } from "./plan-request.ts";
import { createPlan } from "./create-plan.ts";
import { findJob } from "./find-job.ts";

/** What the plan of a run is made of. */
export interface PlanSource {
  readonly definitions: ResolvedDefinitions;
  readonly instance: RunInstance;
  readonly clock: Clock;
}

/** Asks the deployment for what the plan of a run depends on, and plans it. @throws what `createPlan` throws. */
export async function planRun(
  { definitions, instance, clock }: PlanSource,
  request: PlanRequest,
): Promise<ExecutionPlan> {
  const job = findJob(definitions, request.jobName);
  const names = job?.target.kind === "ops" ? [] : listNeededDynamicNames(definitions, job, request);
  const keys = await Promise.all(
    names.map(async (name) => [name, await instance.listDynamicPartitions(name)] as const),
  );
  return createPlan(definitions, request, clock.now(), Object.fromEntries(keys));
}
