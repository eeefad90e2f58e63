import type { CodeLocationsQuery, LocationVersionState } from "./locations.gen.ts";

type Location = Pick<CodeLocationsQuery["codeLocations"][number], "serving" | "latest">;

/** How a location stands, for a reader who wants to know whether the newest code serves. */
export interface LocationState {
  readonly state: LocationVersionState;
  readonly label: string;
  /** The version whose error is to be shown; older code may serve all the while. */
  readonly error: unknown;
}

/** Tells the newest version and the one that serves apart: what is broken and what still works. */
export function describeLocation({ serving, latest }: Location): LocationState {
  if (latest === null) return { state: "pending", label: "Waiting for an agent", error: null };
  const older =
    serving !== null && serving.revision !== latest.revision ? `, revision ${serving.revision} serves` : "";
  switch (latest.state) {
    case "failed":
      return { state: "failed", label: `Failed to load${older}`, error: latest.error };
    case "degraded":
      return {
        state: "degraded",
        label: "Does not load any more, the last good definitions serve",
        error: latest.error,
      };
    case "ready":
      return { state: "ready", label: "Loaded", error: null };
    case "pending":
      return { state: "pending", label: `Waiting for an agent${older}`, error: null };
    default:
      return { state: "starting", label: `Loading${older}`, error: null };
  }
}
