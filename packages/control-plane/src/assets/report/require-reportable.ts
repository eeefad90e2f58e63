import { explainUnknownName, suggestNear } from "@millrace/model/near-names";
import { PartitionRequired, UnknownDefinition } from "../../api/unknown-definition.ts";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import { DIMENSION_SEPARATOR } from "@millrace/model/partitions/multi-key";
import type { ReportedEvent } from "@millrace/model/reported-event";
import type { Db } from "../../database/connect.ts";
import { requirePartition } from "../../partitions/require-partition.ts";
import { findDynamicKeysAmong } from "../../partitions/dynamic-partition-store.ts";
import { getAssetCatalog, type CatalogAsset } from "../catalog/asset-catalog.ts";

/**
 * Finds the definition of the asset that each event is about, and checks that what else the event names is there: its partition and
 * its check.
 *
 * @param now decides which partitions of time exist, in milliseconds since the epoch.
 * @throws UnknownDefinition when something is not there.
 * @throws PartitionRequired when a partition must be named and is not.
 */
export async function requireReportable(
  db: Db,
  deploymentId: string,
  events: readonly ReportedEvent[],
  now: number,
): Promise<readonly CatalogAsset[]> {
  const { assets } = await getAssetCatalog(db, deploymentId);
  const found: CatalogAsset[] = [];
  for (const event of events) {
    const asset = assets.get(event.assetKey);
    if (asset === undefined)
      throw new UnknownDefinition(
        `No code location defines asset "${event.assetKey}"${suggestNear(event.assetKey, assets.keys()) || ": one that is made elsewhere is defined with `externalAsset`"}`,
      );
    await requirePartitionOf(db, deploymentId, asset, event, now);
    requireCheck(asset, event);
    found.push(asset);
  }
  return found;
}

async function requirePartitionOf(
  db: Db,
  deploymentId: string,
  { definition: { key, partitions } }: CatalogAsset,
  { kind, partitionKey }: ReportedEvent,
  now: number,
): Promise<void> {
  if (partitionKey === null) {
    if (partitions === undefined || kind !== "materialization") return;
    throw new PartitionRequired(
      `Asset "${key}" is partitioned: say with \`partitionKey\` which partition was made`,
    );
  }
  if (partitions === undefined)
    throw new UnknownDefinition(`Asset "${key}" has no partition "${partitionKey}": it is not partitioned`);
  const definition = JSON.parse(partitions.json) as PartitionsDefinition;
  const parts = [partitionKey, ...partitionKey.split(DIMENSION_SEPARATOR)];
  const dynamicKeys = await findDynamicKeysAmong(db, deploymentId, dynamicNamesOf(definition), parts);
  requirePartition(`Asset "${key}"`, definition, partitionKey, { now, dynamicKeys });
}

function requireCheck({ definition: { key }, checks }: CatalogAsset, event: ReportedEvent): void {
  if (event.kind !== "check" || checks.some(({ name }) => name === event.checkName)) return;
  const hint =
    checks.length === 0
      ? "; it has none: declare it with `checks`"
      : explainUnknownName(
          event.checkName,
          checks.map(({ name }) => name),
        );
  throw new UnknownDefinition(`Asset "${key}" has no check "${event.checkName}"${hint}`);
}
