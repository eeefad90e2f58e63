import type { ErrorInfo, LogLevel } from "../run-event.ts";
import type { ReportedEvent } from "../reported-event.ts";
import type { RunSpec } from "./run-spec.ts";
import type { RunTarget } from "./run-target.ts";
import type { SensedEvents } from "../sensed-events.ts";

/** What the control plane leaves for agents. Every kind is safe to deliver twice. */
export const WORK_KINDS = ["launch_run", "terminate_run", "evaluate_schedule", "evaluate_sensor"] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

/**
 * Start the worker of one attempt; the worker is named after run and attempt, so a second delivery finds it there. Agents get it
 * with the run's token, as `runToken`.
 */
export interface LaunchRunWork extends Omit<
  RunSpec,
  "runToken" | "agentApiUrl" | "agentId" | "workerDirectory" | "storageDirectory"
> {
  readonly kind: "launch_run";
}

/** What became of a launch. */
export interface LaunchRunResult {
  /** Where the worker runs, for people. */
  readonly place: string;
}

/** Interrupt a worker, wait for the grace time, then kill it. */
export interface TerminateRunWork {
  readonly kind: "terminate_run";
  readonly runId: string;
  readonly attempt: number;
  readonly graceSeconds: number;
}

/** What became of the wish to stop a worker. */
export interface TerminateRunResult {
  /** False: the agent has no such worker (any more). */
  readonly found: boolean;
  /** It did not end in its grace time. */
  readonly killed: boolean;
}

/** Evaluate one tick of a schedule. Agents get it with the token with which its code sees the deployment, as `tickToken`. */
export interface EvaluateScheduleWork {
  readonly kind: "evaluate_schedule";
  readonly locationName: string;
  readonly scheduleName: string;
  /** ISO-8601 instant the tick stands for. */
  readonly scheduledAt: string;
  /** When it last ticked: ISO-8601 instant; null: never, as far as is known. */
  readonly lastTickAt: string | null;
}

/** Evaluate one tick of a sensor. Its token comes as that of a schedule. */
export interface EvaluateSensorWork {
  readonly kind: "evaluate_sensor";
  readonly locationName: string;
  readonly sensorName: string;
  readonly cursor: string | null;
  /** Seconds that the evaluation may take. */
  readonly timeoutSeconds: number;
  /** When it was last evaluated: ISO-8601 instant; null: never, as far as is known. */
  readonly lastTickAt: string | null;
  /** What has happened since the last evaluation; nothing for a sensor that does not watch. */
  readonly events: SensedEvents;
  /** How far a sensor that watches has seen once this evaluation has succeeded. Nobody but the control plane reads it. */
  readonly eventCursor: string | null;
}

export type Work = LaunchRunWork | TerminateRunWork | EvaluateScheduleWork | EvaluateSensorWork;

/** Seconds that the code of a tick may take unless it is said. */
export const DEFAULT_TICK_SECONDS = 300;

/** Runs that one tick may ask for. */
export const MAX_RUN_REQUESTS = 5_000;

/** A run that a tick asks for. */
export interface RunRequest extends Pick<
  RunTarget,
  "assetSelection" | "partitionKey" | "runConfig" | "tags"
> {
  /** Two requests of a schedule or sensor with one key are one run; null: each is a run. */
  readonly runKey: string | null;
  /** Null: the target of the schedule or sensor. */
  readonly jobName: string | null;
}

/** Keys of dynamic partitions that a tick asks to be added or deleted. */
export interface PartitionsRequest {
  readonly action: "add" | "delete";
  /** The name of the partitions' definition. */
  readonly name: string;
  readonly keys: readonly string[];
}

/** What the evaluation of a schedule or sensor answers. */
export interface TickResult {
  readonly runRequests: readonly RunRequest[];
  /** In this order, before any run is launched. */
  readonly partitionsRequests: readonly PartitionsRequest[];
  /** What its code says of assets; it counts once the tick is settled. */
  readonly assetEvents: readonly ReportedEvent[];
  readonly skipReason: string | null;
  readonly cursor: string | null;
  readonly error: ErrorInfo | null;
}

/** Something that the code of a tick has logged. */
export interface TickLogLine {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly level: LogLevel;
  readonly message: string;
}

/** What an agent answers for a tick. */
export interface TickAnswer extends TickResult {
  readonly logs: readonly TickLogLine[];
}

/** What doing each kind of work answers. */
export interface WorkResults {
  readonly launch_run: LaunchRunResult;
  readonly terminate_run: TerminateRunResult;
  readonly evaluate_schedule: TickAnswer;
  readonly evaluate_sensor: TickAnswer;
}

/** The queue of one agent alone: for work about what runs beside it. Every agent serves its own. */
export function agentQueue(agentId: string): string {
  return `agent:${agentId}`;
}
