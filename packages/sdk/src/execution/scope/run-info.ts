import type { RunConfig } from "@millrace/model/config/run-config";
import type { RunHistory } from "@millrace/model/runs/run-spec";

/** What identifies a run and what it was launched with. */
export interface RunInfo {
  readonly runId: string;
  readonly jobName: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly runConfig: RunConfig;
  /** The code location that the run belongs to. Default: none. */
  readonly locationName?: string | null;
  /** What other attempts and runs have done before this one. Default: nothing. */
  readonly history?: RunHistory | null;
  /** The OpenTelemetry span that the run, or the one step that runs here, belongs to. Default: none. */
  readonly traceParent?: string | null;
}
