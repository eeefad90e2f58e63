import type { ErrorInfo } from "./run-event.ts";
import type { RunStatus } from "./run-status.ts";

/** What there is to say about how a run goes. Plain JSON; instants are ISO-8601. */
export interface RunReport {
  readonly createdAt: string;
  /** Null: its first worker has not begun. */
  readonly startedAt: string | null;
  /** Null: it has not ended. */
  readonly endedAt: string | null;
  /** The steps that have failed for good, in the order in which they did. */
  readonly failedSteps: readonly string[];
  /** What the run failed with: its own error, or that of the first step that failed. Null: there is none. */
  readonly error: ErrorInfo | null;
  /**
   * Whether the run has failed and is, or was, launched again by itself, so that its failure is not the last word. Of a run that goes on
   * although a step of it has failed: whether it is going to be.
   */
  readonly willRetry: boolean;
  /** The run's address on the page. */
  readonly url: string;
}

/** A run as code is told of it. Plain JSON. */
export interface SeenRun extends RunReport {
  readonly runId: string;
  readonly locationName: string;
  readonly jobName: string;
  readonly status: RunStatus;
  /** Null for a run of none or of several. */
  readonly partitionKey: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** Which runs somebody wants to see; null: does not matter. Plain JSON. */
export interface RunQuestion {
  readonly runId: string | null;
  readonly jobName: string | null;
  readonly statuses: readonly RunStatus[] | null;
  readonly assetKey: string | null;
  /** Runs of this partition, or of a range that it is in. */
  readonly partitionKey: string | null;
  /** All of them. */
  readonly tags: Readonly<Record<string, string>>;
  /** ISO-8601 instant. */
  readonly createdAfter: string | null;
  readonly limit: number;
}

/** Runs that one question answers at most. */
export const MAX_SEEN_RUNS = 1_000;
