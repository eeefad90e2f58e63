import type { RunHistory } from "@millrace/model/runs/run-spec";

/** What a run has from the runs that it repeats parts of: kept with the run, sent with each of its attempts. */
export type EarlierOutputs = Pick<RunHistory, "knownOutputs" | "outputRuns">;
