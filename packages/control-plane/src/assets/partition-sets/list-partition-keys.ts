import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import type { Db } from "../../database/connect.ts";
import { findDynamicNumbers } from "../../partitions/dynamic-number-store.ts";
import { getAssetCatalog } from "../catalog/asset-catalog.ts";
import { listPartitionPage, type PartitionKeyPage } from "./list-partitions.ts";
import type { PartitionState } from "./partition-state.ts";
import { readPartitions } from "./read-partitions.ts";

/**
 * One page of the partitions of an asset that are in a state, newest first; none for an asset that is not partitioned, or that no
 * location defines.
 */
export async function listAssetPartitionKeys(
  db: Db,
  deploymentId: string,
  assetKey: string,
  state: PartitionState,
  page: { readonly after: string | null; readonly limit: number },
  now: number,
): Promise<PartitionKeyPage> {
  const described = (await getAssetCatalog(db, deploymentId)).assets.get(assetKey)?.definition.partitions;
  if (described === undefined) return { keys: [], cursor: null };
  const partitions = readPartitions(described);
  const numbers = await findDynamicNumbers(db, deploymentId, dynamicNamesOf(partitions.definition));
  const asset = { key: assetKey, partitions };
  return listPartitionPage(db, deploymentId, asset, numbers, { state }, page.after, page.limit, now);
}
