import { RUN_STATUSES, isFinished, type RunStatus } from "@millrace/model/run-status";
import type { RunOrigin } from "@millrace/model/runs/run-origin";
import type { RunFilter } from "../runs/run-filter.ts";

/** What is done to many runs, or to many assets. */
export const BULK_KINDS = ["CANCEL", "REEXECUTE", "DELETE", "WIPE"] as const;
export type BulkKind = (typeof BULK_KINDS)[number];

/** How a bulk operation stands. `STOPPED`: somebody has stopped it; what it has done stays. */
export const BULK_STATUSES = ["RUNNING", "STOPPED", "DONE"] as const;
export type BulkStatus = (typeof BULK_STATUSES)[number];

/** What of each run a bulk re-execution repeats. */
export const BULK_STRATEGIES = ["ALL_STEPS", "FROM_FAILURE", "FROM_ASSET_FAILURE"] as const;
export type BulkStrategy = (typeof BULK_STRATEGIES)[number];

/** Something that is done to all runs of a filter, or to many assets. */
export interface BulkOperation {
  readonly id: string;
  readonly deploymentId: string;
  readonly kind: BulkKind;
  /** Of the runs that were there when it began; empty where it is about assets. */
  readonly filter: RunFilter;
  /** Null for what is no re-execution. */
  readonly strategy: BulkStrategy | null;
  readonly origin: RunOrigin;
  readonly status: BulkStatus;
  /** Runs or assets that it was about when it began. */
  readonly total: number;
  /** Those that it has been done to. */
  readonly done: number;
  /** Runs that it could not be done to. */
  readonly refused: number;
  readonly refusals: readonly BulkRefusal[];
  /** The run that was looked at last. */
  readonly lastRunId: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** Why something could not be done to one run. */
export interface BulkRefusal {
  readonly runId: string;
  readonly message: string;
}

/** The runs of a filter that something can be done to at all. */
export function limitFilter(kind: BulkKind, filter: RunFilter): RunFilter {
  const statuses = (filter.statuses ?? RUN_STATUSES).filter((status) => mayApply(kind, status));
  return { ...filter, statuses };
}

function mayApply(kind: BulkKind, status: RunStatus): boolean {
  return kind === "CANCEL" ? !isFinished(status) && status !== "CANCELING" : isFinished(status);
}
