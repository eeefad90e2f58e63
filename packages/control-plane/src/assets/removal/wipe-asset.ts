import { suggestNear } from "@millrace/model/near-names";
import { sql } from "kysely";
import { topics } from "@millrace/model/topic";
import { BadRequest } from "../../api/bad-request.ts";
import type { Db, Trx } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { notifyChange } from "../../wake/notify-change.ts";
import { touchAssets } from "../touch-asset.ts";
import { MATERIALIZED_COLUMNS, numberOf, OBSERVED_COLUMNS } from "../columns/state-columns.ts";

/**
 * Forgets what has happened to an asset: its materializations, observations, checks and failures, or those of some partitions.
 * Values that its IO manager has stored stay where they are, and so do the runs.
 *
 * @param partitionKeys null: all of the asset.
 * @throws BadRequest when nothing is known of it.
 */
export async function wipeAsset(
  db: Db,
  deploymentId: string,
  key: string,
  partitionKeys: readonly string[] | null,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    if (partitionKeys === null) {
      if ((await wipeAssets(trx, deploymentId, [key])) === 0)
        throw await unknownAsset(trx, deploymentId, key);
      return;
    }
    const asset = await trx
      .selectFrom("asset")
      .select("id")
      .where("deployment_id", "=", deploymentId)
      .where("key", "=", key)
      .forUpdate()
      .executeTakeFirst();
    if (asset === undefined) throw await unknownAsset(trx, deploymentId, key);
    await wipePartitions(trx, asset.id, partitionKeys);
    await tellForgotten(trx, deploymentId, [key]);
  });
}

/**
 * Forgets what has happened to assets, as `wipeAsset` does of one as a whole. Those that nothing is known of are passed over.
 *
 * @returns of how many something was known.
 */
export async function wipeAssets(trx: Trx, deploymentId: string, keys: readonly string[]): Promise<number> {
  const result = await sql`
    with known as materialized (
      select id from asset where deployment_id = ${deploymentId} and key = any(${keys}::text[]) order by key for update
    )
    delete from asset using known where asset.id = known.id`.execute(trx);
  await tellForgotten(trx, deploymentId, keys);
  return Number(result.numAffectedRows ?? 0n);
}

async function tellForgotten(trx: Trx, deploymentId: string, keys: readonly string[]): Promise<void> {
  await touchAssets(trx, deploymentId, keys);
  await notifyChange(trx, topics.assets(deploymentId));
}

/** An asset that is neither defined nor known of. */
export async function unknownAsset(db: Db, deploymentId: string, key: string): Promise<BadRequest> {
  const known = await db
    .selectFrom("asset")
    .select("key")
    .where("deployment_id", "=", deploymentId)
    .execute();
  const hint = suggestNear(
    key,
    known.map((each) => each.key),
  );
  return new BadRequest(`Nothing is known of an asset "${key}"${hint}`);
}

/** What remains decides what the asset as a whole is: the newest of the other partitions. */
async function wipePartitions(trx: Trx, assetId: string, keys: readonly string[]): Promise<void> {
  await sql`delete from asset_partition_state where asset_id = ${assetId} and partition_key = any(${keys}::text[])`.execute(
    trx,
  );
  // Made again from the rows when somebody asks for it.
  await sql`delete from asset_partition_set where asset_id = ${assetId}`.execute(trx);
  await sql`
    with gone as (
      delete from asset_event where asset_id = ${assetId} and partition_key = any(${keys}::text[]) returning kind
    ), unchecked as (
      delete from asset_check_evaluation where asset_id = ${assetId} and partition_key = any(${keys}::text[])
    ), made as (
      select * from asset_partition_state where asset_id = ${assetId} and last_materialized_at is not null
      order by ${numberOf("last_materialization")} desc limit 1
    ), seen as (
      select * from asset_partition_state where asset_id = ${assetId} and last_observed_at is not null
      order by ${numberOf("last_observation")} desc limit 1
    )
    update asset set rewrites = rewrites + 1,
      materialization_count = greatest(0, materialization_count - (select count(*) from gone where kind = 'materialization')),
      last_materialization_run_id = made.last_run_id, ${takeFrom("made", MATERIALIZED_COLUMNS)},
      ${takeFrom("seen", OBSERVED_COLUMNS)},
      last_failed_run_id = case when failed.at is not null then last_failed_run_id end, last_failed_at = failed.at
    from (select max(last_failed_at) as at from asset_partition_state where asset_id = ${assetId}) failed
      left join made on true left join seen on true
    where asset.id = ${assetId}`.execute(trx);
}

function takeFrom(row: string, columns: readonly string[]): ReturnType<typeof sql> {
  return sql.join(columns.map((column) => sql`${sql.ref(column)} = ${sql.ref(`${row}.${column}`)}`));
}
