import type { WorkerExitInput } from "@millrace/protocol/agent-api.gen";

/** What an agent hands to a worker. */
export interface WorkerSpec {
  readonly runId: string;
  readonly attempt: number;
  readonly runToken: string;
  readonly jobName: string;
  /** Assets without a job; null: all that the job makes. */
  readonly assetSelection: readonly string[] | null;
  readonly partitionKey: string | null;
  /** The worker for which the launch began the attempt. */
  readonly startedFor?: string;
}

/** A process that executes one attempt; it outlives its agent. */
export interface Worker extends WorkerSpec {
  readonly workerId: string;
  /** What it has said, in order: on disk, so that its agent can deliver it. */
  readonly journal: readonly object[];
  /** What its code has printed: on disk too. */
  readonly output: string;
  /** When it sent what was answered, and when it had the answer, in simulated milliseconds: the control plane heard of it between. */
  readonly heard: readonly { readonly sentAt: number; readonly answeredAt: number }[];
  /** Whether it executes user code just now. */
  readonly isExecuting: boolean;
  /** Whether a step of it has a slot of the pool just now, as far as it knows. */
  readonly hasPoolSlot: boolean;
  /** Resolves when it has ended, whatever the cause. */
  readonly ended: Promise<WorkerExit>;
  /** How it ended; null while it runs. */
  readonly end: WorkerExit | null;
  interrupt(): void;
  /** kill -9. */
  kill(): void;
}

/** What its launcher sees of its end. */
export type WorkerExit = Pick<WorkerExitInput, "how" | "exitCode" | "detail">;
