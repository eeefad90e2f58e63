import type { Metadata } from "./metadata.ts";
import type { RunStatus } from "./run-status.ts";
import type { SeenRun } from "./seen-run.ts";

/** What a sensor watches: the events of the deployment that it is evaluated for. Plain data, stored with its definition. */
export type SensorWatch = AssetsWatch | RunsWatch;

/** Materializations of these assets, of whatever code location. */
export interface AssetsWatch {
  readonly kind: "assets";
  readonly assets: readonly string[];
  /** Whether a new materialization of one of them is enough, or each must have one. */
  readonly when: "any" | "all";
}

/** Runs that come to one of these statuses. */
export interface RunsWatch {
  readonly kind: "runs";
  readonly statuses: readonly RunStatus[];
  /** Names of jobs; null: all. */
  readonly jobs: readonly string[] | null;
  /** Whether runs of every code location count, or those of the sensor's own. */
  readonly allLocations: boolean;
}

/** A materialization, as it travels to the code of a sensor. */
export interface SensedMaterializationJson {
  readonly assetKey: string;
  /** Null for an asset without partitions. */
  readonly partitionKey: string | null;
  /** Null when it was reported without a run. */
  readonly runId: string | null;
  /** ISO-8601 instant. */
  readonly happenedAt: string;
  readonly metadata: Metadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
}

/** A run that has come to a status, as it travels to the code of a sensor. What else it says is as of now. */
export interface SensedRunJson extends SeenRun {
  /** The sentence of the event that brought the status, such as which steps failed. */
  readonly message: string;
  /** When it came to this status: ISO-8601 instant. */
  readonly happenedAt: string;
}

/** What has happened since a sensor was last evaluated, oldest first. */
export interface SensedEvents<M = SensedMaterializationJson, R = SensedRunJson> {
  readonly materializations: readonly M[];
  readonly runs: readonly R[];
}

export const NO_SENSED_EVENTS: SensedEvents<never, never> = { materializations: [], runs: [] };

/**
 * What of all that has happened a sensor is evaluated for; null when that is not enough, and the events are to be kept
 * for later.
 */
export function findSensedEvents<
  M extends Pick<SensedMaterializationJson, "assetKey">,
  R extends Pick<SensedRunJson, "status" | "jobName">,
>(watch: SensorWatch, events: SensedEvents<M, R>): SensedEvents<M, R> | null {
  if (watch.kind === "runs") {
    const { statuses, jobs } = watch;
    const runs = events.runs.filter(
      (run) => statuses.includes(run.status) && (jobs === null || jobs.includes(run.jobName)),
    );
    return runs.length === 0 ? null : { materializations: [], runs };
  }
  const materializations = events.materializations.filter(({ assetKey }) => watch.assets.includes(assetKey));
  const updated = new Set(materializations.map(({ assetKey }) => assetKey));
  const isEnough = watch.when === "any" ? updated.size > 0 : watch.assets.every((key) => updated.has(key));
  return isEnough ? { materializations, runs: [] } : null;
}
