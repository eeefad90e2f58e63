import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import type { AssetRecord, PartitionRecord } from "./asset-status.ts";

/** What is known of assets, by key, in one query; assets that nothing has happened to are left out. `keys` null: of all. */
export async function findAssetRecords(
  db: Db,
  deploymentId: string,
  keys: readonly string[] | null,
): Promise<Map<string, AssetRecord>> {
  const result = await sql<AssetRecord>`
    with former as (
      select f.key, today.key as today from asset_former_key f join asset today on today.id = f.asset_id
      where f.deployment_id = ${deploymentId} ${keys === null ? sql`` : sql`and today.key = any(${keys})`}
    ), active as (
      select distinct on (key) coalesce(former.today, planned) as key, run.id
      from run cross join unnest(asset_keys) as planned left join former on former.key = planned
      where deployment_id = ${deploymentId} and status in ('QUEUED', 'STARTING', 'STARTED', 'CANCELING')
        ${
          keys === null
            ? sql``
            : sql`and asset_keys && (${keys}::text[] || array(select key from former)) and coalesce(former.today, planned) = any(${keys})`
        }
      order by 1, created_at desc, run.id desc
    ), known as (
      select * from asset where deployment_id = ${deploymentId} ${keys === null ? sql`` : sql`and key = any(${keys})`}
    )
    select coalesce(known.key, active.key) as key, coalesce(materialization_count, 0) as "materializationCount",
      last_materialized_at as "lastMaterializedAt", last_materialization_run_id as "lastMaterializationRunId",
      last_failed_at as "lastFailedAt", last_failed_run_id as "lastFailedRunId", active.id as "activeRunId"
    from known full join active on active.key = known.key`.execute(db);
  return new Map(result.rows.map((record) => [record.key, record]));
}

/** Keys of all assets that anything has happened to, defined or not. @param archived whether those out of sight are among them. */
export async function listKnownAssetKeys(db: Db, deploymentId: string, archived: boolean): Promise<string[]> {
  const rows = await db
    .selectFrom("asset")
    .select("key")
    .where("deployment_id", "=", deploymentId)
    .$if(!archived, (query) => query.where("archived_at", "is", null))
    .execute();
  return rows.map(({ key }) => key);
}

/** What is known of some partitions of an asset, by their keys; those that nothing has happened to are left out. */
export async function findPartitionRecords(
  db: Db,
  deploymentId: string,
  assetKey: string,
  partitionKeys: readonly string[],
): Promise<Map<string, PartitionRecord>> {
  const result = await sql<PartitionRecord>`
    select p.partition_key as key, p.last_materialized_at as "lastMaterializedAt", p.last_run_id as "lastRunId",
      p.last_failed_at as "lastFailedAt"
    from asset a join asset_partition_state p on p.asset_id = a.id
    where a.deployment_id = ${deploymentId} and a.key = ${assetKey} and p.partition_key = any(${partitionKeys}::text[])`.execute(
    db,
  );
  return new Map(result.rows.map((record) => [record.key, record]));
}
