import type { BackfillStateFieldsFragment, BackfillStatus } from "../connection/documents.gen.ts";

/** How far one thing is that a backfill makes: counts of partitions, 1 for what has none. */
export interface BackfillTargetState {
  /** The key of an asset, or the name of a job of ops. */
  readonly key: string;
  readonly targeted: number;
  readonly waiting: number;
  readonly running: number;
  readonly materialized: number;
  readonly failed: number;
  /** Will not be made, as something that it needs was not. */
  readonly skipped: number;
}

/** A backfill as it is when it is asked for. */
export interface BackfillState {
  readonly id: string;
  readonly title: string | null;
  readonly status: BackfillStatus;
  /** Nothing more is launched; its runs go on. */
  readonly paused: boolean;
  /** Why it failed, or the newest reason for which some partitions could not be launched. */
  readonly message: string | null;
  readonly jobName: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Runs that it has launched so far. */
  readonly runCount: number;
  readonly createdAt: Date;
  /** Null: it has not ended. */
  readonly endedAt: Date | null;
  readonly targets: readonly BackfillTargetState[];
}

/** A backfill that has ended. */
export interface EndedBackfill extends BackfillState {
  readonly status: "COMPLETED_SUCCESS" | "COMPLETED_FAILED" | "CANCELED" | "FAILED";
}

/** A backfill as the user API tells of it. */
export function toBackfillState(backfill: BackfillStateFieldsFragment): BackfillState {
  return {
    ...backfill,
    tags: Object.fromEntries(backfill.tags.map(({ key, value }) => [key, value])),
    createdAt: new Date(backfill.createdAt),
    endedAt: backfill.endedAt === null ? null : new Date(backfill.endedAt),
  };
}

/** Whether a backfill has ended. */
export function hasEnded(backfill: BackfillState): backfill is EndedBackfill {
  return backfill.endedAt !== null;
}
