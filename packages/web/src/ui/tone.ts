/** What a state means to a reader; each tone has one colour, `--tone-…`, and is never told by colour alone. */
export type Tone = "good" | "bad" | "warn" | "live" | "idle";

/** A state in words, with its tone; `active` states are still moving. */
export interface StateLook {
  readonly label: string;
  readonly tone: Tone;
  readonly active: boolean;
}

const LOOKS: Readonly<Record<string, StateLook>> = {
  // Runs
  QUEUED: { label: "Queued", tone: "idle", active: true },
  STARTING: { label: "Starting", tone: "live", active: true },
  STARTED: { label: "Running", tone: "live", active: true },
  CANCELING: { label: "Canceling", tone: "warn", active: true },
  SUCCESS: { label: "Success", tone: "good", active: false },
  FAILURE: { label: "Failed", tone: "bad", active: false },
  CANCELED: { label: "Canceled", tone: "warn", active: false },
  // Steps
  pending: { label: "Pending", tone: "idle", active: false },
  running: { label: "Running", tone: "live", active: true },
  success: { label: "Success", tone: "good", active: false },
  failure: { label: "Failed", tone: "bad", active: false },
  skipped: { label: "Skipped", tone: "idle", active: false },
  retrying: { label: "Retrying", tone: "warn", active: true },
  abandoned: { label: "Abandoned", tone: "warn", active: false },
  // Assets and partitions
  missing: { label: "Never materialized", tone: "idle", active: false },
  materialized: { label: "Materialized", tone: "good", active: false },
  failed: { label: "Failed", tone: "bad", active: false },
  in_progress: { label: "In progress", tone: "live", active: true },
  // Code locations
  loading: { label: "Loading", tone: "live", active: true },
  loaded: { label: "Loaded", tone: "good", active: false },
  // Agents
  lost: { label: "Lost", tone: "bad", active: false },
  stopped: { label: "Stopped", tone: "idle", active: false },
};

/** How a state of a run, step, asset, location or agent is shown; an unknown one is shown by its name. */
export function lookOf(state: string): StateLook {
  return LOOKS[state] ?? { label: state, tone: "idle", active: false };
}
