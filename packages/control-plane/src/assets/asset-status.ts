import type { PartitionState } from "./partition-sets/partition-state.ts";

/** What an asset's page says first. */
export const ASSET_STATES = ["missing", "materialized", "failed", "in_progress"] as const;
export type AssetState = (typeof ASSET_STATES)[number];

/** What is known of an asset's runs. */
export interface AssetRecord {
  readonly key: string;
  readonly materializationCount: number;
  readonly lastMaterializedAt: Date | null;
  readonly lastMaterializationRunId: string | null;
  readonly lastFailedAt: Date | null;
  readonly lastFailedRunId: string | null;
  /** The newest unfinished run that is to produce it. */
  readonly activeRunId: string | null;
}

/** An asset is in progress until its unfinished run has produced it, or has failed to; else whatever came last decides. */
export function assetStateOf(record: AssetRecord | undefined): AssetState {
  if (record === undefined) return "missing";
  const { activeRunId, lastMaterializationRunId, lastFailedRunId, lastMaterializedAt, lastFailedAt } = record;
  if (activeRunId !== null && activeRunId !== lastMaterializationRunId && activeRunId !== lastFailedRunId)
    return "in_progress";
  if (isLater(lastFailedAt, lastMaterializedAt)) return "failed";
  return lastMaterializedAt === null ? "missing" : "materialized";
}

/** What is known of one partition. */
export interface PartitionRecord {
  readonly key: string;
  readonly lastMaterializedAt: Date | null;
  readonly lastRunId: string | null;
  readonly lastFailedAt: Date | null;
}

/** Of a partition only what has happened counts. */
export function partitionStateOf(record: PartitionRecord | undefined): PartitionState {
  if (record === undefined) return "missing";
  if (isLater(record.lastFailedAt, record.lastMaterializedAt)) return "failed";
  return record.lastMaterializedAt === null ? "missing" : "materialized";
}

/** Whether something happened after the other, which may never have. */
export function isLater(one: Date | null, other: Date | null): boolean {
  return one !== null && (other === null || one > other);
}
