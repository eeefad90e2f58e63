import type { AssetKey } from "@millrace/model/asset-key";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { RunTimes } from "../context/deployment.ts";
import type * as model from "@millrace/model/sensed-events";

type Partitioning = PartitionsDefinition | undefined;

/** A materialization that a sensor is told of; `P` is how the asset is partitioned. */
export interface SensedMaterialization<P extends Partitioning = Partitioning> extends Omit<
  model.SensedMaterializationJson,
  "assetKey" | "partitionKey" | "happenedAt"
> {
  readonly assetKey: AssetKey;
  /** Null for an asset without partitions. */
  readonly partitionKey: P extends undefined ? null : string;
  readonly timestamp: Date;
}

/** A run that has come to a status that a sensor watches for. What is not about that status is as of now. */
export interface SensedRun extends Omit<model.SensedRunJson, "happenedAt" | keyof RunTimes>, RunTimes {
  /** When it came to this status. */
  readonly timestamp: Date;
}

/** What has happened since a sensor was last evaluated, oldest first. */
export type SensedEvents = model.SensedEvents<SensedMaterialization, SensedRun>;
