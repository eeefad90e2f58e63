import type { Resource } from "../../resources/resource.ts";

/** Everything that a run's config says, validated, with defaults filled in. */
export interface RunConfigs {
  /** By step key. */
  readonly steps: ReadonlyMap<string, unknown>;
  /** By name, for resources and IO managers alike. */
  readonly resources: ReadonlyMap<string, unknown>;
  /** The resources to set up, by name, in order. */
  readonly neededResources: ReadonlyMap<string, Resource>;
}
