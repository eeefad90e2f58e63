import type { DynamicKeys } from "@millrace/model/partitions/definition";
import { InvalidSelection, UnknownInSelection } from "@millrace/model/selection/invalid-selection";
import { dependenciesOf, resolveStepSelection } from "@millrace/model/selection/op-selection";
import { InseparableSteps } from "@millrace/model/steps/split-steps";
import { InvalidStepGraph, type StepGraph } from "@millrace/model/steps/step-graph";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { Job } from "../../jobs/job.ts";
import { DefinitionError, describeDefinition } from "../../definition/definition-error.ts";
import type { ExecutionPlan, PlannedStep } from "./execution-plan.ts";
import { checkOnePartition } from "./check-partition.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";
import { planAssetSteps } from "./plan-assets.ts";
import { planOpSteps } from "./plan-ops.ts";
import { markReadOutputs } from "./read-outputs.ts";
import type { PlanRequest } from "./plan-request.ts";
import { findJob } from "./find-job.ts";

/**
 * Plans a run.
 *
 * @param now Milliseconds since the epoch: decides which partitions exist.
 * @param dynamicKeys The keys of the dynamic partitions that the run depends on, see `planRun`.
 * @throws InvalidRunRequest when the request does not fit the definitions.
 * @throws DefinitionError when the steps do not make a graph.
 */
export function createPlan(
  definitions: ResolvedDefinitions,
  request: PlanRequest,
  now: number,
  dynamicKeys: DynamicKeys,
): ExecutionPlan {
  const job = findJob(definitions, request.jobName);
  const { partitionKey = null, partitionRange = null } = request;
  if (partitionKey !== null && partitionRange !== null) {
    throw new InvalidRunRequest(
      "one_partition_only",
      "A run has either a partition or a range of partitions: give `partitionKey` or `partitionRange`",
    );
  }
  const wanted = { partitionKey, partitionRange, now, dynamicKeys };
  try {
    const { steps, graph, graphConfigs } =
      job?.target.kind === "ops"
        ? planOpSteps(job.target.body, checkOnePartition(job.name, job.partitions ?? undefined, wanted))
        : planAssetSteps(definitions, job, request, wanted);
    requirePartitioned(job, request, steps.values());
    return {
      jobName: request.jobName,
      job,
      steps: markReadOutputs(steps, graph),
      graph,
      graphConfigs,
      stepSelection: selectRunSteps(request, graph),
      partitionKey,
    };
  } catch (error) {
    if (!(error instanceof InvalidStepGraph || error instanceof InseparableSteps)) throw error;
    throw new DefinitionError(
      "invalid_graph",
      `${describeDefinition("job", request.jobName, job)}: ${error.message}`,
    );
  }
}

/** A launch refuses a partition of nothing too: the run would do what it does without one, and say nothing of it. */
function requirePartitioned(job: Job | null, request: PlanRequest, steps: Iterable<PlannedStep>): void {
  const { partitionKey = null, partitionRange = null, assetSelection = null } = request;
  const asked = partitionRange === null ? partitionKey : `${partitionRange.start}...${partitionRange.end}`;
  if (asked === null || (assetSelection === null && job?.partitions)) return;
  if (Iterator.from(steps).some(({ partitions }) => partitions !== null)) return;
  throw new InvalidRunRequest(
    "unknown_partition",
    `There is no partition "${asked}": nothing in the run is partitioned`,
  );
}

function selectRunSteps({ jobName, stepSelection = null }: PlanRequest, graph: StepGraph): string[] | null {
  if (stepSelection === null) return null;
  try {
    return resolveStepSelection(dependenciesOf(graph), stepSelection);
  } catch (error) {
    if (!(error instanceof InvalidSelection || error instanceof UnknownInSelection)) throw error;
    throw new InvalidRunRequest("unknown_step", `The steps selected of job "${jobName}": ${error.message}`);
  }
}
