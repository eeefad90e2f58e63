import type { VersionProvenance } from "./data-version.ts";
import type { Metadata } from "./metadata.ts";
import type { RunFailureReason } from "./run-failure.ts";

/** Levels of log messages, lowest first. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** An error of user code or of the engine, as it travels: no classes, only what a reader needs. */
export interface ErrorInfo {
  readonly name: string;
  readonly message: string;
  /** The stack with source positions of the user's files, newest call first. */
  readonly stack: string | null;
  readonly cause: ErrorInfo | null;
  /** A stable code for errors that somebody can act on. */
  readonly code?: string;
  /** Errors that this one collects, such as those of all addresses that refused a connection. */
  readonly errors?: readonly ErrorInfo[];
  /** What it says beside its message, such as a database's detail and constraint. */
  readonly fields?: Readonly<Record<string, string>>;
}

interface EventBase {
  /** Milliseconds since the epoch, taken where the event happened; may have a fraction. */
  readonly timestamp: number;
  /** One sentence for the log. */
  readonly message: string;
}
interface StepEventBase extends EventBase {
  readonly stepKey: string;
}

/** What one attempt of an asset or observation says about a piece of data. */
export interface AssetEventDetails {
  readonly assetKey: string;
  /** The key of the partition, in the word of Dagster's events; null for an asset that has none. */
  readonly partition: string | null;
  readonly metadata: Metadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
  /** What a materialization was made from; null or absent when nobody can say. */
  readonly provenance?: VersionProvenance | null;
  /** The step only tells of an asset that something else has made. Default: false. */
  readonly isReported?: boolean;
  /** A sentence of whoever reports it. */
  readonly description?: string | null;
}

/** A wait that the code of a step has come to, in milliseconds since the epoch by its worker's clock. */
export interface Wait {
  /** When it came there first. */
  readonly since: number;
  readonly until: number;
}

/**
 * One structured event of a run. Events of a worker are numbered per attempt; the control plane's own events stand in attempt 0.
 * The run's status, the assets' states and the page are folds over these.
 */
export type RunEvent =
  | (EventBase & {
      readonly type:
        | "RUN_ENQUEUED"
        | "RUN_STARTING"
        | "RUN_START"
        | "RUN_SUCCESS"
        | "RUN_CANCELED"
        | "RUN_WORKER_UNREACHABLE"
        | "RUN_WORKER_RETURNED"
        | "RUN_RESUMED";
    })
  | (EventBase & {
      readonly type: "RUN_CANCELING";
      /** For what the control plane ends the run, which then fails for it; absent: somebody cancels the run. */
      readonly reason?: RunFailureReason;
    })
  | (EventBase & {
      /** All that is left of the run waits: its worker ends, and the run goes on in a further attempt. */
      readonly type: "RUN_SUSPENDED";
      /** In milliseconds since the epoch: by the worker's clock as it says it, by the control plane's as it is stored. */
      readonly until: number;
    })
  | (EventBase & {
      readonly type: "RUN_FAILURE";
      readonly reason: RunFailureReason;
      readonly error: ErrorInfo | null;
    })
  | (EventBase & {
      readonly type: "ENGINE_EVENT";
      readonly stepKey: string | null;
      readonly error: ErrorInfo | null;
      readonly metadata: Metadata;
    })
  | (EventBase & {
      readonly type: "LOG";
      readonly stepKey: string | null;
      readonly level: LogLevel;
      readonly truncatedBytes?: number;
    })
  | (EventBase & { readonly type: "LOGS_CAPTURED"; readonly stepKeys: readonly string[] })
  | (StepEventBase & { readonly type: "STEP_START"; readonly attempt: number })
  | (StepEventBase & { readonly type: "STEP_RESTARTED"; readonly attempt: number })
  | (StepEventBase & { readonly type: "STEP_SUCCESS"; readonly durationMs: number })
  | (StepEventBase & { readonly type: "STEP_SKIPPED" })
  | (StepEventBase & {
      readonly type: "STEP_FAILURE";
      readonly error: ErrorInfo;
      readonly metadata: Metadata;
    })
  | (StepEventBase & {
      readonly type: "STEP_UP_FOR_RETRY";
      readonly error: ErrorInfo;
      readonly delaySeconds: number;
      readonly attempt: number;
    })
  | (StepEventBase & {
      /** The code of a step has given up its place until then; its attempt goes on from the beginning of the code. */
      readonly type: "STEP_WAITING";
      /** In milliseconds since the epoch, by the worker's clock. */
      readonly until: number;
      /** The waits that it has come to since its last event of this type, by name. */
      readonly waits: Readonly<Record<string, Wait>>;
    })
  | (StepEventBase & { readonly type: "STEP_RESUMED"; readonly attempt: number })
  | (StepEventBase & {
      /** The code of a step keeps a value for its next attempt. */
      readonly type: "STEP_STATE";
      /** Of a step that makes several partitions one after the other: the one that it is at. */
      readonly partition: string | null;
      readonly name: string;
      /** Any JSON; absent: nothing is kept under the name any more. */
      readonly value?: unknown;
    })
  | (StepEventBase & {
      readonly type: "STEP_OUTPUT";
      readonly outputName: string;
      readonly mappingKey: string | null;
      readonly metadata: Metadata;
    })
  | (StepEventBase & {
      readonly type: "LOADED_INPUT";
      readonly inputName: string;
      readonly metadata: Metadata;
    })
  | (StepEventBase & {
      readonly type: "HANDLED_OUTPUT";
      readonly outputName: string;
      readonly metadata: Metadata;
    })
  | (EventBase & {
      readonly type: "RESOURCE_INIT_STARTED" | "RESOURCE_INIT_SUCCESS";
      readonly resource: string;
      readonly stepKey: string | null;
    })
  | (EventBase & {
      readonly type: "RESOURCE_INIT_FAILURE";
      readonly resource: string;
      readonly stepKey: string | null;
      readonly error: ErrorInfo;
    })
  | (StepEventBase & { readonly type: "HOOK_COMPLETED"; readonly hookName: string })
  | (StepEventBase & {
      readonly type: "HOOK_ERRORED";
      readonly hookName: string;
      readonly error: ErrorInfo;
    })
  | (StepEventBase & AssetEventDetails & { readonly type: "ASSET_MATERIALIZATION" })
  | (StepEventBase & AssetEventDetails & { readonly type: "ASSET_OBSERVATION" })
  | (StepEventBase & {
      readonly type: "ASSET_CHECK_EVALUATION";
      readonly assetKey: string;
      readonly checkName: string;
      readonly partition: string | null;
      readonly passed: boolean;
      readonly severity: "WARN" | "ERROR";
      readonly blocking: boolean;
      readonly metadata: Metadata;
      /** The step only tells of a check that something else has evaluated. Default: false. */
      readonly isReported?: boolean;
    });
export type RunEventType = RunEvent["type"];

/** The events of which a worker says one as its last. */
export const LAST_WORDS: readonly string[] = [
  "RUN_SUCCESS",
  "RUN_FAILURE",
  "RUN_CANCELED",
  "RUN_SUSPENDED",
] satisfies readonly RunEventType[];

/** An event whose type this version does not know: kept whole, so that an older control plane loses nothing of a newer worker. */
export interface UnknownEvent {
  readonly type: string;
  readonly timestamp: number;
  readonly message: string;
  readonly stepKey?: string | null;
}
