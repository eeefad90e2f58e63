import { ASSET_JOB } from "@millrace/model/run-spec";
import { InvalidStepGraph } from "@millrace/model/steps/step-graph";
import { parseStepKey } from "@millrace/model/steps/step-key";
import type { ResolvedDefinitions } from "../definitions/resolve.ts";
import { DefinitionError, describeDefinition } from "../definitions/definition-error.ts";
import type { Job } from "../jobs/job.ts";
import type { ExecutionPlan } from "./execution-plan.ts";
import { checkPartition } from "./check-partition.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";
import { planAssetSteps } from "./plan-assets.ts";
import { planOpSteps } from "./plan-ops.ts";

/** What a run is asked to do; the same words as in a run's spec. */
export interface PlanRequest {
  readonly jobName: string;
  /** Keys of assets; null: everything in the job. */
  readonly assetSelection?: readonly string[] | null;
  /** Checks as `asset_key:name`; null: those of the selected assets. */
  readonly checkSelection?: readonly string[] | null;
  /** Step keys; null: all. */
  readonly stepSelection?: readonly string[] | null;
  readonly partitionKey?: string | null;
}

/**
 * Plans a run.
 *
 * @param now Milliseconds since the epoch: decides which partitions exist.
 * @throws InvalidRunRequest when the request does not fit the definitions.
 * @throws DefinitionError when the steps do not make a graph.
 */
export function createPlan(
  definitions: ResolvedDefinitions,
  request: PlanRequest,
  now: number,
): ExecutionPlan {
  const job = findJob(definitions, request.jobName);
  const partitionKey = request.partitionKey ?? null;
  try {
    const { steps, graph, graphConfigs } =
      job?.target.kind === "ops"
        ? planOpSteps(job.target.body, {
            partitions: job.partitions,
            partitionKey: checkPartition(job.name, job.partitions ?? undefined, partitionKey, now),
          })
        : planAssetSteps(definitions, job, request, now);
    for (const key of request.stepSelection ?? []) {
      if (!steps.has(parseStepKey(key).stepKey)) {
        throw new InvalidRunRequest("unknown_step", `Job "${request.jobName}" has no step "${key}"`);
      }
    }
    return {
      jobName: request.jobName,
      job,
      steps,
      graph,
      graphConfigs,
      stepSelection: request.stepSelection ?? null,
      partitionKey,
    };
  } catch (error) {
    if (!(error instanceof InvalidStepGraph)) throw error;
    throw new DefinitionError(
      "invalid_graph",
      `${describeDefinition("job", request.jobName, job)}: ${error.message}`,
    );
  }
}

function findJob(definitions: ResolvedDefinitions, jobName: string): Job | null {
  if (jobName === ASSET_JOB) return null;
  const job = definitions.jobs.get(jobName);
  if (job) return job;
  const names = [...definitions.jobs.keys()].slice(0, 20).join(", ");
  throw new InvalidRunRequest("unknown_job", `There is no job "${jobName}"; there are: ${names || "none"}`);
}
