import { sql } from "kysely";
import type { Db, Trx } from "../../database/connect.ts";
import { findNumbersOf } from "../../partitions/dynamic-number-store.ts";
import { getAssetCatalog } from "../catalog/asset-catalog.ts";
import {
  insertPartitionSet,
  stateColumn,
  writePartitionStates,
  type KeyedState,
} from "./partition-set-store.ts";
import { loadPartitions, readPartitions, type ReadPartitions } from "./read-partitions.ts";

/** A partition of an asset by their keys. */
export interface ChangedPartition {
  readonly asset: string;
  readonly partition: string;
}

interface StateRow extends KeyedState {
  readonly asset: string;
  readonly assetId: string;
  /** Null: the asset has no set yet. */
  readonly digest: Buffer | null;
}

/**
 * Carries into the sets of assets what the transaction has changed of their partitions. It holds the assets' rows, as whoever
 * changes states does.
 */
export async function foldPartitionStates(
  trx: Trx,
  deploymentId: string,
  changed: readonly ChangedPartition[],
): Promise<void> {
  if (changed.length === 0) return;
  const { rows } = await sql<StateRow>`
    select a.key as asset, a.id as "assetId", s.digest, p.partition_key as key, ${stateColumn("p")} as state
    from unnest(${changed.map(({ asset }) => asset)}::text[], ${changed.map(({ partition }) => partition)}::text[])
      as change (asset, partition)
    join asset a on a.deployment_id = ${deploymentId} and a.key = change.asset
    join asset_partition_state p on p.asset_id = a.id and p.partition_key = change.partition
    left join asset_partition_set s on s.asset_id = a.id`.execute(trx);
  for (const states of Map.groupBy(rows, ({ asset }) => asset).values()) {
    const [first] = states;
    if (first === undefined) continue;
    const partitions =
      first.digest === null
        ? await startSet(trx, deploymentId, first, states)
        : await loadPartitions(first.digest, () => findDefinition(trx, first.assetId));
    if (partitions === null) continue;
    const keys = states.map(({ key }) => key);
    const dynamic = await findNumbersOf(trx, deploymentId, partitions.definition, keys);
    await writePartitionStates(trx, deploymentId, first.assetId, partitions, states, dynamic);
  }
}

/** Begins the set of an asset with what is changed just now; what was there before is left to who reads the set. */
async function startSet(
  trx: Trx,
  deploymentId: string,
  { asset, assetId }: StateRow,
  states: readonly StateRow[],
): Promise<ReadPartitions | null> {
  const described = (await getAssetCatalog(trx, deploymentId)).assets.get(asset)?.definition.partitions;
  if (described === undefined) return null;
  const earlier = await sql<{ found: boolean }>`
    select exists (select from asset_partition_state where asset_id = ${assetId}
      and partition_key <> all(${states.map(({ key }) => key)}::text[])) as found`.execute(trx);
  const partitions = readPartitions(described);
  await insertPartitionSet(trx, deploymentId, assetId, partitions, earlier.rows[0]?.found ? "" : null);
  return partitions;
}

async function findDefinition(db: Db, assetId: string): Promise<string> {
  const row = await db
    .selectFrom("asset_partition_set")
    .select("definition")
    .where("asset_id", "=", assetId)
    .executeTakeFirstOrThrow();
  return row.definition;
}
