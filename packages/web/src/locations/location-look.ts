import { createLooks, type StateLook } from "../ui/tone.ts";
import type { LocationVersionState } from "./locations.gen.ts";

/** How the state of a version of a code location is shown. */
export const lookOfLocation = createLooks<LocationVersionState>({
  pending: { label: "Waiting for an agent", tone: "idle", active: true },
  starting: { label: "Loading", tone: "live", active: true },
  ready: { label: "Loaded", tone: "good", active: false },
  degraded: { label: "Degraded", tone: "warn", active: false },
  failed: { label: "Failed", tone: "bad", active: false },
});

/** How a version in the history is shown: one that was followed by another before an agent had loaded it never will be. */
export function lookOfVersion(
  { revision, state }: { readonly revision: number; readonly state: LocationVersionState },
  newest: number,
): StateLook {
  const look = lookOfLocation(state);
  return look.active && revision < newest ? { label: "Not loaded", tone: "idle", active: false } : look;
}
