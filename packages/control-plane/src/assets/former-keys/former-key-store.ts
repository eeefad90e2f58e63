import { sql } from "kysely";
import type { Db, Trx } from "../../database/connect.ts";

/** A key that an asset had once, and the one under which it is kept now. */
export interface FormerKey {
  readonly former: string;
  readonly key: string;
}

/**
 * All keys that an asset has had, that of today first: what keeps the key of its day, as runs do, is found under each. A key of
 * which nothing is known is its only one.
 *
 * @param key its key, or one that it had before.
 */
export async function listAssetNames(
  db: Db,
  deploymentId: string,
  key: string,
): Promise<readonly [string, ...string[]]> {
  const { rows } = await sql<{ key: string }>`
    with named as (
      select coalesce(
        (select asset_id from asset_former_key where deployment_id = ${deploymentId} and key = ${key}),
        (select id from asset where deployment_id = ${deploymentId} and key = ${key})) as id
    )
    select asset.key from named join asset on asset.id = named.id
    union all select former.key from named join asset_former_key former on former.asset_id = named.id`.execute(
    db,
  );
  const [today = key, ...former] = rows.map((row) => row.key);
  return [today, ...former];
}

/** The keys that assets had before, with those of today. */
export async function listFormerKeys(db: Db, deploymentId: string): Promise<FormerKey[]> {
  return db
    .selectFrom("asset_former_key")
    .innerJoin("asset", "asset.id", "asset_former_key.asset_id")
    .select(["asset_former_key.key as former", "asset.key"])
    .where("asset_former_key.deployment_id", "=", deploymentId)
    .execute();
}

/** Lets runs that were launched under these keys stay with their assets: from now on the keys are those of others. */
export async function keepRunsOfReused(
  trx: Trx,
  deploymentId: string,
  reused: readonly FormerKey[],
): Promise<void> {
  if (reused.length === 0) return;
  await sql`
    update run_asset set asset_key = reused.key
    from unnest(${reused.map(({ former }) => former)}::text[], ${reused.map(({ key }) => key)}::text[]) as reused (former, key)
    where deployment_id = ${deploymentId} and asset_key = reused.former
      and not exists (select from run_asset a where a.run_id = run_asset.run_id and a.asset_key = reused.key)`.execute(
    trx,
  );
}
