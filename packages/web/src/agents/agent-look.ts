import { createLooks } from "../ui/tone.ts";
import type { AgentState } from "./agents.gen.ts";

/** How the state of an agent is shown. */
export const lookOfAgent = createLooks<AgentState>({
  running: { label: "Running", tone: "live", active: true },
  unreachable: { label: "Unreachable", tone: "bad", active: false },
  stopped: { label: "Stopped", tone: "idle", active: false },
});
