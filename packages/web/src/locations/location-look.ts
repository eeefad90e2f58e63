import { createLooks } from "../ui/tone.ts";
import type { LocationVersionState } from "./locations.gen.ts";

/** How the state of a version of a code location is shown. */
export const lookOfLocation = createLooks<LocationVersionState>({
  pending: { label: "Waiting for an agent", tone: "idle", active: true },
  starting: { label: "Loading", tone: "live", active: true },
  ready: { label: "Loaded", tone: "good", active: false },
  degraded: { label: "Degraded", tone: "warn", active: false },
  failed: { label: "Failed", tone: "bad", active: false },
});
