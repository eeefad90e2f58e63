import { sql } from "kysely";
import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import type { Db } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { findDynamicNumbers } from "../../partitions/dynamic-number-store.ts";
import {
  insertPartitionSet,
  stateColumn,
  writePartitionStates,
  type KeyedState,
} from "./partition-set-store.ts";
import type { ReadPartitions } from "./read-partitions.ts";

/** Partitions that are carried into a set in one transaction. */
const SLICE = 5_000;

/** An asset and how it is partitioned now. */
export interface PartitionedAsset {
  readonly key: string;
  readonly partitions: ReadPartitions;
}

/**
 * The ids of those assets that anything has happened to, by key. Each has a set by its present definition: one that is missing,
 * by another definition or not complete is made first, slice by slice, while runs go on.
 */
export async function findPartitionSets(
  db: Db,
  deploymentId: string,
  assets: readonly PartitionedAsset[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ key: string; id: string; ready: boolean }>`
    select a.key, a.id, coalesce(s.digest = wanted.digest and s.built_to is null, false) as ready
    from unnest(${assets.map(({ key }) => key)}::text[], ${assets.map(({ partitions }) => partitions.digest)}::bytea[])
      as wanted (key, digest)
    join asset a on a.deployment_id = ${deploymentId} and a.key = wanted.key
    left join asset_partition_set s on s.asset_id = a.id`.execute(db);
  const byKey = new Map(assets.map((asset) => [asset.key, asset]));
  for (const { key, id, ready } of rows) {
    const asset = byKey.get(key);
    if (ready || asset === undefined) continue;
    while (!(await buildSlice(db, deploymentId, id, asset.partitions)));
  }
  return new Map(rows.map(({ key, id }) => [key, id]));
}

/** Carries on with the set of an asset. Whether it is complete. */
async function buildSlice(
  db: Db,
  deploymentId: string,
  assetId: string,
  partitions: ReadPartitions,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const held = await sql<{ built: string | null; known: boolean }>`
      select s.built_to as built, s.asset_id is not null as known
      from (select id from asset where id = ${assetId} for no key update) a
      left join asset_partition_set s on s.asset_id = a.id and s.digest = ${partitions.digest}`.execute(trx);
    const [asset] = held.rows;
    if (asset === undefined || (asset.known && asset.built === null)) return true;
    if (!asset.known) await insertPartitionSet(trx, deploymentId, assetId, partitions, "");
    const { rows } = await sql<KeyedState>`
      select partition_key as key, ${stateColumn("p")} as state from asset_partition_state p
      where asset_id = ${assetId} and partition_key > ${asset.built ?? ""} order by partition_key limit ${SLICE}`.execute(
      trx,
    );
    const builtTo = rows.length < SLICE ? null : (rows.at(-1)?.key ?? null);
    await sql`update asset_partition_set set built_to = ${builtTo} where asset_id = ${assetId}`.execute(trx);
    const dynamic = await findDynamicNumbers(trx, deploymentId, dynamicNamesOf(partitions.definition));
    await writePartitionStates(trx, deploymentId, assetId, partitions, rows, dynamic);
    return builtTo === null;
  });
}
