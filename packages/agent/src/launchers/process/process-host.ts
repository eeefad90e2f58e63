import type { Ids } from "@millrace/model/randomness";
import type { Clock } from "@millrace/model/time/clock";

/** What the process launcher starts and watches processes with. */
export interface ProcessHost {
  /** The words that start `millrace`, before its subcommand. */
  readonly command: readonly string[];
  /** Where code servers listen. */
  readonly socketFolder: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Aborted when the agent looks after its processes no more. */
  readonly released: AbortSignal;
}
