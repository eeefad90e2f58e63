import type { Logger } from "pino";
import type { Debugging } from "@millrace/model/runs/debugging";
import type { Ids } from "@millrace/model/randomness";
import type { Clock } from "@millrace/model/time/clock";
import type { AgentApiConnections } from "@millrace/protocol/agent-api-client";
import type { OutputPlace } from "@millrace/protocol/journal/output-place";
import type { WorkerHandle } from "../launcher.ts";

/** What the process launcher starts and watches processes with. */
export interface ProcessHost {
  /** The words that start `millrace`, before its subcommand. */
  readonly command: readonly string[];
  /** Where code servers listen. */
  readonly socketFolder: string;
  /** The variables that every process is given, beside those of its location. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files with further variables, read whenever a process is started: those of the first one hold. None need be there. */
  readonly environmentFiles: readonly string[];
  /** How a debugger on this machine may look at runs. Default: not at all. */
  readonly debugging?: Debugging | undefined;
  /** One folder for each worker in it. */
  readonly workersFolder: string;
  /** Where the default IO manager keeps values between runs. */
  readonly storageDirectory: string;
  /** Where workers' output goes. Default: to the control plane. */
  readonly outputPlace?: OutputPlace | undefined;
  /** Kept-alive connections to an agent API, for what is said in the names of workers. */
  readonly connectionsTo: (agentApiUrl: string) => AgentApiConnections;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** The workers that this agent started or found, by their folder; null: one that has no run yet. */
  readonly workers: Map<string, WorkerHandle | null>;
  /** Aborted when the agent looks after its processes no more. */
  readonly released: AbortSignal;
}
