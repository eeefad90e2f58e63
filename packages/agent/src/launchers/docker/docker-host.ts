import type { ContainerSettings } from "@millrace/model/container-settings";
import type { Ids } from "@millrace/model/randomness";
import type { Clock } from "@millrace/model/time/clock";
import type { Logger } from "pino";
import type { OutputPlace } from "@millrace/protocol/journal/output-place";
import type { WorkerHandle } from "../launcher.ts";
import type { DockerEngine } from "./docker-engine.ts";

/** What the Docker launcher starts and watches containers with. */
export interface DockerHost {
  readonly engine: DockerEngine;
  /** As whom containers run, as `UID:GID`; null: as their images say. */
  readonly findUser: () => Promise<string | null>;
  /** The folder of the configuration of Docker's command line, with credentials for registries. */
  readonly configFolder: string;
  /** Whose containers these are: the same after each restart of the agent. */
  readonly agentId: string;
  /** What the agent's operator says of all containers; locations and runs may say more. */
  readonly settings: ContainerSettings;
  /** The variables that every container is given, beside those of its image and its location. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where code servers listen; one folder for each in it. */
  readonly socketFolder: string;
  /** One folder for each worker in it. */
  readonly workersFolder: string;
  /** One folder for each worker that waits for its run. */
  readonly standbysFolder: string;
  /** What code servers have built and their workers load; one folder for each image in it. */
  readonly builtFolder: string;
  /** Where the default IO manager keeps values between runs. */
  readonly storageDirectory: string;
  /** Where workers' output goes. Default: to the control plane. */
  readonly outputPlace?: OutputPlace | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** The workers that this agent started or found, by their folder; null: one that has not come to its run yet. */
  readonly workers: Map<string, WorkerHandle | null>;
  /** The containers of this agent's workers that wait for their runs, by name: each with what tells its worker that the agent goes. */
  readonly standbys: Map<string, () => void>;
  /** Aborted when the agent looks after its containers no more. */
  readonly released: AbortSignal;
}
