import type { DynamicKeys } from "@millrace/model/partitions/definition";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { ASSET_JOB } from "@millrace/model/run-spec";
import { InvalidSelection, UnknownInSelection } from "@millrace/model/selection/invalid-selection";
import { dependenciesOf, resolveStepSelection } from "@millrace/model/selection/op-selection";
import { InvalidStepGraph, type StepGraph } from "@millrace/model/steps/step-graph";
import type { ResolvedDefinitions } from "../../definitions/resolve.ts";
import { DefinitionError, describeDefinition } from "../../definition/definition-error.ts";
import type { Job } from "../../jobs/job.ts";
import type { ExecutionPlan } from "./execution-plan.ts";
import { checkOnePartition } from "./check-partition.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";
import { listNeededDynamicNames } from "./needed-dynamic-names.ts";
import { planAssetSteps } from "./plan-assets.ts";
import { planOpSteps } from "./plan-ops.ts";
import { markReadOutputs } from "./read-outputs.ts";
import type { RunScope } from "../scope/run-scope.ts";

/** What a run is asked to do; the same words as in a run's spec. */
export interface PlanRequest {
  readonly jobName: string;
  /** Keys of assets; null: everything in the job. */
  readonly assetSelection?: readonly string[] | null;
  /** Checks as `asset_key:name`; null: those of the selected assets. */
  readonly checkSelection?: readonly string[] | null;
  /** Step keys, or clauses such as `*load+`, see `resolveStepSelection`; null: all. */
  readonly stepSelection?: readonly string[] | null;
  readonly partitionKey?: string | null;
  /** Several partitions in a row, instead of `partitionKey`. */
  readonly partitionRange?: PartitionKeyRange | null;
}

/** The words of a request alone, of a value that holds more: what is sent to whoever plans the run again. */
export function toPlanRequest(request: PlanRequest): Required<PlanRequest> {
  return {
    jobName: request.jobName,
    assetSelection: request.assetSelection ?? null,
    checkSelection: request.checkSelection ?? null,
    stepSelection: request.stepSelection ?? null,
    partitionKey: request.partitionKey ?? null,
    partitionRange: request.partitionRange ?? null,
  };
}

/** Asks the deployment for what the plan of a run depends on, and plans it. @throws what `createPlan` throws. */
export async function planRun(
  { definitions, instance, clock }: Pick<RunScope, "definitions" | "instance" | "clock">,
  request: PlanRequest,
): Promise<ExecutionPlan> {
  const job = findJob(definitions, request.jobName);
  const names = job?.target.kind === "ops" ? [] : listNeededDynamicNames(definitions, job, request);
  const keys = await Promise.all(
    names.map(async (name) => [name, await instance.listDynamicPartitions(name)] as const),
  );
  return createPlan(definitions, request, clock.now(), Object.fromEntries(keys));
}

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
    if (!(error instanceof InvalidStepGraph)) throw error;
    throw new DefinitionError(
      "invalid_graph",
      `${describeDefinition("job", request.jobName, job)}: ${error.message}`,
    );
  }
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

function findJob(definitions: ResolvedDefinitions, jobName: string): Job | null {
  if (jobName === ASSET_JOB) return null;
  const job = definitions.jobs.get(jobName);
  if (job) return job;
  const names = [...definitions.jobs.keys()].slice(0, 20).join(", ");
  throw new InvalidRunRequest("unknown_job", `There is no job "${jobName}"; there are: ${names || "none"}`);
}
