import type { Network } from "./network.ts";
import type { Random } from "./random.ts";
import type { Tasks } from "./tasks.ts";
import type { Timeline } from "./timeline.ts";
import type { Worker } from "./worker-handle.ts";

/** What agents, workers and users of a simulation live in. */
export interface Surroundings {
  readonly tasks: Tasks;
  readonly timeline: Timeline;
  readonly network: Network;
  readonly random: Random;
  /** The agents' token. */
  readonly token: string;
  /** Told of each worker when it was started. */
  readonly onStarted: (worker: Worker) => void;
  /** Told when a worker was let in: of those that claim to be one attempt, at most one. */
  readonly onBegun: (worker: Worker) => void;
  readonly onBug: (what: string) => void;
}
