import type { DynamicKeys, PartitionsDefinition } from "@millrace/model/partitions/definition";
import { listPartitionKeys } from "@millrace/model/partitions/partition-keys";
import { type AssetState, type PartitionRecord, partitionStateOf } from "./asset-status.ts";

/** A partition of an asset, and what became of it. */
export interface AssetPartition {
  readonly key: string;
  readonly state: Exclude<AssetState, "in_progress">;
  readonly lastMaterializedAt: Date | null;
  readonly lastRunId: string | null;
}

/** The partitions of an asset, oldest first. */
export interface AssetPartitions {
  readonly kind: "time" | "static" | "dynamic" | "multi";
  readonly partitions: readonly AssetPartition[];
}

/**
 * Joins the partitions that a definition has at `now` (milliseconds since the epoch) with what became of them.
 *
 * @param json the definition as the snapshot carries it.
 * @param dynamicKeys the present keys of the dynamic partitions it is made of.
 */
export function listAssetPartitions(
  json: string,
  records: readonly PartitionRecord[],
  now: number,
  dynamicKeys: DynamicKeys,
): AssetPartitions {
  const definition = JSON.parse(json) as PartitionsDefinition;
  const byKey = new Map(records.map((record) => [record.key, record]));
  const keys = listPartitionKeys(definition, now, dynamicKeys);
  const partitions = keys.map((key): AssetPartition => {
    const record = byKey.get(key);
    return {
      key,
      state: partitionStateOf(record),
      lastMaterializedAt: record?.lastMaterializedAt ?? null,
      lastRunId: record?.lastRunId ?? null,
    };
  });
  return { kind: kindOf(definition), partitions };
}

function kindOf(definition: PartitionsDefinition): AssetPartitions["kind"] {
  if (definition.type === "multi" || definition.type === "static" || definition.type === "dynamic")
    return definition.type;
  return "time";
}
