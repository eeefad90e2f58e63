import { createLooks } from "../ui/tone.ts";
import type { TickStatus } from "./automation.gen.ts";

/** How the status of a tick is shown. */
export const lookOfTick = createLooks<TickStatus>({
  STARTED: { label: "Evaluating", tone: "live", active: true },
  SUCCESS: { label: "Success", tone: "good", active: false },
  SKIPPED: { label: "Skipped", tone: "idle", active: false },
  FAILURE: { label: "Failed", tone: "bad", active: false },
});
