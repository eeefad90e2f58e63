import { ExpectedError } from "@millrace/model/expected-error";
import type { LocationDocument } from "@millrace/model/location-document";
import type { ErrorInfo } from "@millrace/model/run-event";
import type { RunSpec } from "@millrace/model/runs/run-spec";

/**
 * How an agent starts, finds again and stops what runs user code. Processes, containers and pods each have one.
 * `record` is plain JSON that the agent keeps on disk; after a restart of the agent the launcher finds the thing by it.
 */
export interface Launcher {
  /** Told to the control plane: `process`, … */
  readonly kind: string;
  /**
   * Starts a code server and waits until it serves.
   *
   * @throws DefinitionsFailed when the definitions do not load; LaunchFailed when it ended without saying why, or could
   *   not be started; the signal's reason when it is aborted, and then nothing is left running.
   */
  startCodeServer(launch: CodeServerLaunch, signal: AbortSignal): Promise<CodeServer>;
  /** The code server that an earlier agent started, or null when it is gone or another program has its number. */
  findCodeServer(record: unknown): CodeServer | null;
  /** Starts a worker that loads the code and waits for its run. Returns at once; see `ready`. */
  startWorker(launch: WorkerLaunch): StandbyWorker;
  /** The worker that an earlier agent gave a run, whether it lives or has ended. Throws when the record can't be read. */
  findWorker(record: unknown): RunWorker;
  /** Looks after nothing any more; what runs goes on. */
  close(): void;
}

export interface CodeServerLaunch {
  readonly locationName: string;
  readonly document: LocationDocument;
  /** Folder for its log; it exists. */
  readonly directory: string;
}

/** A code server that serves. */
export interface CodeServer {
  readonly record: unknown;
  readonly pid: number | null;
  /** Where its gRPC services are, in gRPC's notation: `unix:/…`. */
  readonly address: string;
  readonly codeDigest: string;
  /** The bundle that run workers load, an absolute path. */
  readonly bundle: string;
  readonly ended: Promise<ProcessExit>;
  /** Asks it to end, kills it when it doesn't, and resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it at once, with everything it started. */
  kill(): void;
}

export interface WorkerLaunch {
  readonly document: LocationDocument;
  readonly bundle: string;
  /** The worker's folder; it exists and is empty. */
  readonly directory: string;
  /** Where its run will report to: it connects ahead. */
  readonly agentApiUrl: string;
}

/** What an agent knows of the spec that it hands to a worker; whatever else there is in it is between control plane and worker. */
export type AssignedSpec = Pick<
  RunSpec,
  | "runId"
  | "attempt"
  | "runToken"
  | "agentApiUrl"
  | "agentId"
  | "locationName"
  | "workerDirectory"
  | "storageDirectory"
>;

/** A worker that has no run yet. */
export interface StandbyWorker {
  readonly record: unknown;
  readonly pid: number | null;
  readonly directory: string;
  /** Resolves when it has loaded the code and waits. Rejects with LaunchFailed when it ended before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<ProcessExit>;
  /**
   * Hands it its run, once. Resolves when the worker has accepted it: from then on it goes on without the agent.
   *
   * @throws LaunchFailed when it did not accept; then it is gone.
   */
  assign(spec: AssignedSpec): Promise<RunWorker>;
  /** Ends it without a run; resolves when it is gone. */
  discard(): Promise<void>;
}

/** A worker that has its run. */
export interface RunWorker {
  readonly pid: number | null;
  readonly ended: Promise<ProcessExit>;
  /** Whether it still runs, as far as can be told now. */
  isRunning(): boolean;
  /** Asks it to stop its run and say so. */
  interrupt(): void;
  /** Ends it at once, with everything it started. */
  kill(): void;
}

/** How something ended. Both null: it ended unseen, its starter was gone. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The code server says that the definitions do not load; trying the same again would say the same. */
export class DefinitionsFailed extends ExpectedError {
  readonly code = "definitions_failed";
  readonly error: ErrorInfo;
  constructor(error: ErrorInfo) {
    super(error.message);
    this.error = error;
  }
}

/** Something could not be started, or ended before it was ready. May go better next time. */
export class LaunchFailed extends ExpectedError {
  readonly code = "launch_failed";
}

/** How a process ended, for people: `exit code 1`, `killed by SIGKILL (from outside, or out of memory)`. */
export function describeExit(exit: ProcessExit): string {
  if (exit.signal === "SIGKILL") return "killed by SIGKILL (from outside, or out of memory)";
  if (exit.signal !== null) return `killed by ${exit.signal}`;
  return exit.exitCode === null ? "ended unseen" : `exit code ${exit.exitCode}`;
}
