import type { RunTarget } from "./run-target.ts";
import type { KnownOutputs, StepsSnapshot } from "../steps/step-snapshot.ts";

/** What a worker is told of what other attempts and runs have done before it. */
export interface RunHistory {
  /** What steps outside the selection emitted in the runs that this one repeats. */
  readonly knownOutputs: KnownOutputs;
  /** The run under whose id a step's outputs are stored, by step key (copies under their own); other steps': this run's. */
  readonly outputRuns: Readonly<Record<string, string>>;
  /** Where an earlier attempt of this run stopped: its finished steps are not run again. Null: nothing has run yet. */
  readonly resume: StepsSnapshot | null;
  /** The agent in whose environment they ran, where values that were not stored elsewhere lie. Left out: not known. */
  readonly storedOn?: { readonly agentId: string; readonly agentName: string };
}

/**
 * What one attempt of a run is told: the document that `millrace api execute-run --spec` reads.
 * It carries the run's token, so it travels over a pipe or in a file that only its owner can read, never on a command line.
 */
export interface RunSpec extends RunTarget {
  readonly runId: string;
  /** The attempt, from 1; with `runToken` it is the fencing token. */
  readonly attempt: number;
  /** Bearer token for this run only. */
  readonly runToken: string;
  /** Where the agent API is, such as `http://127.0.0.1:3000/agent/graphql`. */
  readonly agentApiUrl: string;
  readonly locationName: string;
  /** Null: this is the first attempt of a run that repeats no other. */
  readonly history: RunHistory | null;
  /** The agent that launches the worker; null: it was started by hand. */
  readonly agentId: string | null;
  /**
   * The worker for which the launch began the attempt; left out: for none. Another one that has the run in its place has to ask
   * whether it may begin.
   */
  readonly startedFor?: string;
  /** Folder of the worker: `events.jsonl`, `stdout`, `stderr` and the values of its steps live there. */
  readonly workerDirectory: string;
  /** Folder in which the default IO manager keeps values between runs; null: workers here share none. */
  readonly storageDirectory: string | null;
}

/** The job that stands for "materialize these assets" without a job of the user's. */
export const ASSET_JOB = "__ASSET_JOB";
