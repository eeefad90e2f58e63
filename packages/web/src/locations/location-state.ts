import type { CodeLocationsQuery } from "./locations.gen.ts";

type Location = Pick<CodeLocationsQuery["codeLocations"][number], "serving" | "latest">;

/** How a location stands, for a reader who wants to know whether the newest code serves. */
export interface LocationState {
  readonly state: "loading" | "loaded" | "failed";
  readonly label: string;
  /** The version whose error is to be shown; older code may serve all the while. */
  readonly error: unknown;
}

/** Tells the newest version and the one that serves apart: what is broken and what still works. */
export function describeLocation({ serving, latest }: Location): LocationState {
  if (latest === null) return { state: "loading", label: "Waiting for an agent", error: null };
  const older =
    serving !== null && serving.revision !== latest.revision ? `, revision ${serving.revision} serves` : "";
  switch (latest.state) {
    case "failed":
      return {
        state: "failed",
        label: `Failed to load${serving ? older || ", the last good code serves" : ""}`,
        error: latest.error,
      };
    case "loaded":
      return { state: "loaded", label: "Loaded", error: null };
    default:
      return { state: "loading", label: `Loading${older}`, error: null };
  }
}
