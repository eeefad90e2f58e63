import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import type { RunStatus } from "@millrace/model/run-status";
import type { RunFieldsFragment } from "../connection/documents.gen.ts";

/** A run as it is when it is asked for. */
export interface RunState {
  readonly id: string;
  readonly status: RunStatus;
  readonly jobName: string;
  readonly locationName: string;
  readonly partitionKey: string | null;
  /** Several partitions in one run. */
  readonly partitionRange: PartitionKeyRange | null;
  readonly tags: Readonly<Record<string, string>>;
  /** What it makes. */
  readonly assetKeys: readonly string[];
  /** Such as `STEP_FAILURE`; null: it has not failed. */
  readonly failureReason: string | null;
  readonly failureMessage: string | null;
  readonly createdAt: Date;
  /** Null: its first worker has not begun. */
  readonly startedAt: Date | null;
  /** Null: it has not ended. */
  readonly endedAt: Date | null;
}

/** A run that has ended. */
export interface EndedRun extends RunState {
  readonly status: "SUCCESS" | "FAILURE" | "CANCELED";
}

/** A run as the user API tells of it. */
export function toRunState(run: RunFieldsFragment): RunState {
  return {
    ...run,
    tags: Object.fromEntries(run.tags.map(({ key, value }) => [key, value])),
    createdAt: new Date(run.createdAt),
    startedAt: run.startedAt === null ? null : new Date(run.startedAt),
    endedAt: run.endedAt === null ? null : new Date(run.endedAt),
  };
}
