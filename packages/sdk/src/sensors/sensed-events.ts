import type { AssetKey } from "@millrace/model/asset-key";
import type * as model from "@millrace/model/sensed-events";
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
  /** The code location that the job belongs to. */
  readonly locationName: string;
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
export type SensedEvents = model.SensedEvents<SensedMaterialization, SensedRun>;
