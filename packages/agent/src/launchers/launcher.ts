import { ExpectedError } from "@millrace/model/expected-error";
import type { LocationDocument } from "@millrace/model/location-document";
import type { ErrorInfo } from "@millrace/model/run-event";
import type { RunSpec } from "@millrace/model/runs/run-spec";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import type { WorkerIdentity } from "@millrace/protocol/journal/courier";
import type { CodeServerClient } from "./code-server-client.ts";

/**
 * How an agent starts, finds again and stops what runs user code. Processes, containers and pods each have one; every one
 * passes `launcher-suite.ts`. Whatever may need a network is asynchronous, and may be asked twice.
 */
export interface Launcher {
  /** Told to the control plane: `process`, … */
  readonly kind: string;
  /** Whether what documents say of containers is for it. A worker that waits has what its location says, so runs that say more get another one. */
  readonly startsContainers: boolean;
  /** Where the default IO manager keeps values between runs, within the agent's reach; null: nowhere. */
  readonly storageDirectory: string | null;
  /**
   * Starts a code server and waits until it serves.
   *
   * @throws DefinitionsFailed when the definitions do not load; CodeNotSupported when this launcher can't run code of that
   *   kind; LaunchFailed when it ended without saying why, or could not be started; the signal's reason when it is aborted,
   *   and then nothing is left running.
   */
  startCodeServer(launch: CodeServerLaunch, signal: AbortSignal): Promise<CodeServer>;
  /**
   * The code server that an earlier agent started, or null when it is gone. One that nobody finds again ends by itself.
   *
   * @throws TypeError when the record can't be read.
   */
  findCodeServer(record: unknown): Promise<CodeServer | null>;
  /**
   * Gives one attempt of a run its worker. Called twice for one attempt, by this agent or the one after it, it answers the
   * worker that is there, alive or ended.
   *
   * @throws LaunchFailed when it did not take its run; then nothing is left of it.
   */
  launchWorker(spec: WorkerSpec, launch: WorkerLaunch, signal: AbortSignal): Promise<WorkerHandle>;
  /**
   * Starts a worker that loads the code and waits for its run; answers at once, see `ready`. Left out by launchers for which a
   * worker that waits costs more than it saves.
   */
  readonly startStandby?: (launch: WorkerLaunch) => StandbyWorker;
  /** Every worker with a run that this launcher owns, from earlier agents too, whether it lives or has ended. */
  findWorkers(): Promise<WorkerHandle[]>;
  /** Looks after nothing any more; what runs goes on. */
  close(): void;
}

export interface CodeServerLaunch {
  readonly locationName: string;
  readonly document: LocationDocument;
  /** The agent's folder for its log; it exists. */
  readonly directory: string;
}

/** A code server that serves. */
export interface CodeServer {
  /** Plain JSON that the agent keeps on disk: after its restart the launcher finds the server by it. */
  readonly record: unknown;
  /** Where it runs, for people: a process number, a container's name. */
  readonly place: string;
  readonly codeDigest: string;
  /** What its run workers load, as plain JSON that only the launcher reads. */
  readonly code: unknown;
  /** What is odd about its definitions, for their author. */
  readonly warnings: readonly string[];
  readonly ended: Promise<WorkerEnd>;
  /** Opens a connection to its gRPC services; whoever asked closes it. */
  connect(): Promise<CodeServerClient>;
  /** Asks it to end, kills it when it doesn't, and resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it at once, with everything it started. */
  kill(): Promise<void>;
}

/** What a worker runs, and for whom. */
export interface WorkerLaunch {
  readonly locationName: string;
  readonly document: LocationDocument;
  /** The `code` of the location's code server. */
  readonly code: unknown;
  /** Where its run will report to: it may connect ahead. */
  readonly agentApiUrl: string;
}

/**
 * What an agent knows of the spec that it hands to a worker; whatever else there is in it is between control plane and worker.
 * The launcher adds the folders.
 */
export type WorkerSpec = Pick<
  RunSpec,
  "runId" | "attempt" | "runToken" | "agentApiUrl" | "agentId" | "locationName" | "startedFor"
>;

/** How a worker introduces itself, before it knows which agent has its run. */
export type IntroducedWorker = Pick<WorkerIdentity, "workerId" | "place"> & { readonly codeDigest: string };

/** A worker that has no run yet. */
export interface StandbyWorker {
  readonly place: string;
  /** Resolves when it has loaded the code and waits. Rejects with LaunchFailed when it could not start, or ended before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<WorkerEnd>;
  /** Who it is, once it is ready; null: it has not said. */
  findIdentity(): IntroducedWorker | null;
  /**
   * Hands it its run, once. Resolves when the worker has accepted it: from then on it can go on without the agent.
   *
   * @param isStarted whether its attempt has begun for this worker, so that it need not ask. Default: no.
   * @throws LaunchFailed when it did not take it; then nothing is left of it.
   */
  assign(spec: WorkerSpec, isStarted?: boolean): Promise<WorkerHandle>;
  /**
   * Whether a worker that is started now would load the same: the environment, the files that the code read while it was loaded, and the
   * quarter of an hour are the same. Code may have taken today's date from its loading.
   */
  isCurrent(): boolean;
  /** Ends it without a run; resolves when nothing is left of it. */
  discard(): Promise<void>;
}

/** What the agent holds of a worker that has its run. */
export interface WorkerHandle {
  readonly runId: string;
  readonly attempt: number;
  readonly place: string;
  /** How it ended. Rejects only when the launcher is closed. */
  readonly ended: Promise<WorkerEnd>;
  /** Asks it to stop its run and say so. */
  interrupt(): Promise<void>;
  /** Ends it at once, with everything it started. */
  kill(): Promise<void>;
  /** What it wrote, once it has ended; null: that went with it, and only what it delivered itself is known. */
  openJournal(): Promise<JournalFiles | null>;
  /** Forgets it, and removes what is left of it. */
  remove(): Promise<void>;
}

/** The journal of a worker, within the agent's reach. */
export interface JournalFiles {
  /** The folder with its events and output. */
  readonly directory: string;
  /** To deliver them with; null: they can't be read any more. */
  readonly credentials: { readonly runToken: string; readonly agentApiUrl: string } | null;
}

/** The code server says that the definitions do not load. */
export class DefinitionsFailed extends ExpectedError {
  readonly code = "definitions_failed";
  readonly error: ErrorInfo;
  /** Whether the same code may load another time: it threw something, or hung, perhaps because of what it asked. */
  readonly mayHeal: boolean;
  constructor(error: ErrorInfo) {
    super(error.message);
    this.error = error;
    this.mayHeal = error.code === "definitions_threw" || error.code === "definitions_hung";
  }
}

/** This launcher can't run code of that kind, such as an image where there are only processes. */
export class CodeNotSupported extends ExpectedError {
  readonly code = "code_not_supported";
}

/** What a launcher may know of why it failed: an image or folder is not there, or the time or the memory was not enough. */
export type LaunchFailureCode =
  | "launch_failed"
  | "code_missing"
  | "start_timed_out"
  | "out_of_memory"
  | "ended_before_ready";

/** Something could not be started, or ended before it was ready. May go better next time. */
export class LaunchFailed extends ExpectedError {
  readonly code: LaunchFailureCode;
  constructor(
    message: string,
    { code = "launch_failed", ...options }: ErrorOptions & { readonly code?: LaunchFailureCode } = {},
  ) {
    super(message, options);
    this.code = code;
  }
}
