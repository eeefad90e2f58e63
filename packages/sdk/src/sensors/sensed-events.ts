import type { AssetKey } from "@millrace/model/asset-key";
import type { Metadata } from "@millrace/model/metadata";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { RunStatus } from "@millrace/model/run-status";

type Partitioning = PartitionsDefinition | undefined;

/** A materialization that a sensor is told of; `P` is how the asset is partitioned. */
export interface SensedMaterialization<P extends Partitioning = Partitioning> {
  readonly assetKey: AssetKey;
  /** Null for an asset without partitions. */
  readonly partitionKey: P extends undefined ? null : string;
  /** Null when it was reported without a run. */
  readonly runId: string | null;
  readonly timestamp: Date;
  readonly metadata: Metadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
}

/** A run that has come to a status that a sensor watches for. */
export interface SensedRun {
  readonly runId: string;
  readonly jobName: string;
  readonly status: RunStatus;
  readonly partitionKey: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** The sentence of the event that brought the status, such as which steps failed. */
  readonly message: string;
  /** When it came to this status. */
  readonly timestamp: Date;
}

/** What has happened since a sensor was last evaluated, oldest first. */
export interface SensedEvents {
  readonly materializations: readonly SensedMaterialization[];
  readonly runs: readonly SensedRun[];
}

/** What a sensor watches: the events that it is evaluated for. */
export type SensorWatch =
  | {
      readonly kind: "assets";
      readonly assets: readonly AssetKey[];
      /** Whether a new materialization of one of them is enough, or each must have one. */
      readonly when: "any" | "all";
    }
  | {
      readonly kind: "runs";
      readonly statuses: readonly RunStatus[];
      /** Names of jobs; null: all of the code location. */
      readonly jobs: readonly string[] | null;
    };

/**
 * What of all that has happened a sensor is evaluated for; null when that is not enough, and the events are to be kept
 * for later.
 */
export function findSensedEvents(watch: SensorWatch, events: SensedEvents): SensedEvents | null {
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
