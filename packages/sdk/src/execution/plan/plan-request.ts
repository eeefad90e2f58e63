import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";

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
