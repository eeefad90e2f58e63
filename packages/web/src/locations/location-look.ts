import { createLooks } from "../ui/tone.ts";
import type { LocationVersionState } from "./locations.gen.ts";

/** How the state of a version of a code location is shown. */
export const lookOfLocation = createLooks<LocationVersionState>({
  loading: { label: "Loading", tone: "live", active: true },
  loaded: { label: "Loaded", tone: "good", active: false },
  failed: { label: "Failed", tone: "bad", active: false },
});
