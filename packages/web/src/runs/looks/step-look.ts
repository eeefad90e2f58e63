import { createLooks } from "../../ui/tone.ts";
import type { StepState } from "../runs.gen.ts";

/** How the state of a step is shown. */
export const lookOfStep = createLooks<StepState>({
  pending: { label: "Pending", tone: "idle", active: false },
  running: { label: "Running", tone: "live", active: true },
  success: { label: "Success", tone: "good", active: false },
  failure: { label: "Failed", tone: "bad", active: false },
  skipped: { label: "Skipped", tone: "idle", active: false },
  waiting: { label: "Waiting", tone: "idle", active: false },
  retrying: { label: "Retrying", tone: "warn", active: true },
  abandoned: { label: "Abandoned", tone: "warn", active: false },
});
