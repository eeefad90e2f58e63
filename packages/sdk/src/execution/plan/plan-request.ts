import type { RunPartitions, RunSelection, RunTarget } from "@millrace/model/runs/run-target";

/** What a run is asked to do; the same words as in a run's spec. What is left out limits nothing. */
export interface PlanRequest
  extends Pick<RunTarget, "jobName">, Partial<RunSelection>, Partial<RunPartitions> {}

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
