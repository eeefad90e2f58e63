import type { RunStatus } from "@millrace/model/run-status";
import { createLooks, type StateLook } from "../../ui/tone.ts";

/** How a run's status is shown. */
export const lookOfRun = createLooks<RunStatus>({
  QUEUED: { label: "Queued", tone: "idle", active: true },
  STARTING: { label: "Starting", tone: "live", active: true },
  STARTED: { label: "Running", tone: "live", active: true },
  CANCELING: { label: "Canceling", tone: "warn", active: true },
  SUCCESS: { label: "Success", tone: "good", active: false },
  FAILURE: { label: "Failed", tone: "bad", active: false },
  CANCELED: { label: "Canceled", tone: "warn", active: false },
});

/** How a run is shown as it stands: one whose steps wait, without a worker, is not running. */
export function lookOfRunNow(run: {
  readonly status: string;
  readonly waitingUntil: string | null;
}): StateLook {
  if (run.waitingUntil === null) return lookOfRun(run.status);
  return { label: "Waiting", tone: "idle", active: false };
}
