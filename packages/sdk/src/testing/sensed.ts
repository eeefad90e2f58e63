import type { RunStatus } from "@millrace/model/run-status";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { Asset, AssetRef } from "../assets/asset-definition.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import { toMetadata } from "../metadata/to-metadata.ts";
import type { SensedMaterialization, SensedRun } from "../sensors/sensed-events.ts";

/** What a test may say about a materialization. */
export interface SensedDetails {
  readonly partitionKey?: string;
  readonly runId?: string;
  readonly metadata?: MetadataRecord;
  readonly tags?: Readonly<Record<string, string>>;
  readonly dataVersion?: string;
  /** Default: now. */
  readonly timestamp?: Date;
}

/** A materialization for a sensor to be told of. */
export function sensedMaterialization<P extends PartitionsDefinition | undefined>(
  asset: Asset<unknown, P> | AssetRef<unknown, P>,
  details: SensedDetails = {},
): SensedMaterialization {
  return {
    assetKey: asset.key,
    partitionKey: details.partitionKey ?? null,
    runId: details.runId ?? null,
    timestamp: details.timestamp ?? new Date(),
    metadata: toMetadata(details.metadata),
    tags: details.tags ?? {},
    dataVersion: details.dataVersion ?? null,
  };
}

/** A run for a sensor to be told of. */
export function sensedRun(
  jobName: string,
  status: RunStatus,
  details: Partial<Omit<SensedRun, "jobName" | "status">> = {},
): SensedRun {
  return {
    runId: "test_run",
    locationName: "test",
    partitionKey: null,
    tags: {},
    message: "",
    timestamp: new Date(),
    createdAt: new Date(),
    startedAt: null,
    endedAt: null,
    failedSteps: [],
    error: null,
    willRetry: false,
    url: "http://page.test/runs/test_run",
    ...details,
    jobName,
    status,
  };
}
