import type { RunEvent } from "@millrace/model/run-event";
import type { Environment } from "../../config/environment.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { Clock } from "@millrace/model/time/clock";
import type { RunAssets } from "./run-assets.ts";
import type { RunInstance } from "../../context/run-instance.ts";
import type { RunMemory } from "./run-memory.ts";
import type { RunInfo } from "./run-info.ts";

/** What everything that happens in one run shares. */
export interface RunScope {
  readonly run: RunInfo;
  readonly definitions: ResolvedDefinitions;
  readonly instance: RunInstance;
  readonly assets: RunAssets;
  /** Grows with the events that `sink` receives. */
  readonly memory: RunMemory;
  readonly storageDirectory: string;
  readonly environment: Environment;
  readonly clock: Clock;
  /** Whether the run may end its process while all that is left of it waits. */
  readonly maySuspend: boolean;
  /** Waits as a step asks for it; ends at once when the signal is aborted. */
  readonly letTimePass: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Gives numbers in [0, 1). */
  readonly random: () => number;
  /** Aborted when the run is interrupted. */
  readonly signal: AbortSignal;
  /** Seconds that interrupted code is given to end by itself. */
  readonly interruptGraceSeconds: number;
  /** Receives every event, secrets masked, in order, synchronously. */
  readonly sink: (event: RunEvent) => void;
  /** Receives the whole text of log messages that are too long for an event. */
  readonly writeOutput: (text: string) => void;
}
