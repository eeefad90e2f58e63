import type { RunStatus } from "@millrace/model/run-status";

/** Which runs to list; what is left out does not matter. */
export interface RunFilter {
  readonly statuses?: readonly RunStatus[] | null;
  readonly jobName?: string | null;
  /** The asset is found under each key that it had. */
  readonly assetKey?: string | null;
  /** Of this partition, or of a range that it is in. */
  readonly partitionKey?: string | null;
  /** All of them. */
  readonly tags?: readonly { readonly key: string; readonly value: string }[] | null;
  readonly createdAfter?: Date | null;
  readonly createdBefore?: Date | null;
}
