import type { Ids } from "@millrace/model/randomness";
import type { Clock } from "@millrace/model/time/clock";
import type { Logger } from "pino";
import type { Launcher } from "../launchers/launcher.ts";
import type { StartGate } from "../launchers/start-gate.ts";
import type { LocationPolicy } from "../policy/location-policy.ts";
import type { ResolveSecrets } from "../policy/resolve-secrets.ts";
import type { Uplink } from "../uplink/uplink.ts";

/** What every part of a running agent works with. */
export interface AgentContext {
  readonly agentId: string;
  readonly uplink: Uplink;
  readonly launcher: Launcher;
  /** What run workers are started through. */
  readonly startGate: StartGate;
  readonly folders: AgentFolders;
  /** What documents of code locations may ask for. */
  readonly policy: LocationPolicy;
  /** What code locations are given that nobody else may see. */
  readonly resolveSecrets: ResolveSecrets;
  /** The agent API's address, for the workers. */
  readonly agentApiUrl: string;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Gives numbers in [0, 1), as `Math.random` does. */
  readonly random: () => number;
}

/** Where an agent keeps what it must not forget, all inside its home. */
export interface AgentFolders {
  readonly codeServers: string;
  /** Values that the default IO manager keeps between runs. */
  readonly storage: string;
}
