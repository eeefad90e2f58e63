import { createLooks } from "../ui/tone.ts";
import type { DaemonState } from "./agents.gen.ts";

/** How the state of a daemon is shown. */
export const lookOfDaemon = createLooks<DaemonState>({
  working: { label: "Working", tone: "good", active: false },
  failing: { label: "Failing", tone: "bad", active: false },
  gone: { label: "Gone", tone: "idle", active: false },
});
