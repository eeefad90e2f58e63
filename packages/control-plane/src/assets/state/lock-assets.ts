import { sql, type RawBuilder } from "kysely";
import type { Trx } from "../../database/connect.ts";

/**
 * Holds the rows of assets, which are made where missing, until the transaction ends. Events of one asset that are numbered
 * after this become visible in the order of their numbers, so that who reads on after the last number it saw misses none.
 * Missing rows are made first and all are held in the order of their keys: nobody ever waits in a circle.
 *
 * @returns the keys of today, by those of `keys` that are former ones (see `renameAssets`).
 */
export async function lockAssets(
  trx: Trx,
  deploymentId: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  await sql`
    insert into asset (deployment_id, key)
    select ${deploymentId}, wanted.key from unnest(${keys}::text[]) as wanted (key)
    where not exists (select from asset known where known.deployment_id = ${deploymentId} and known.key = wanted.key)
      and not exists (select from asset_former_key f where f.deployment_id = ${deploymentId} and f.key = wanted.key)
    order by wanted.key on conflict (deployment_id, key) do nothing`.execute(trx);
  const { rows } = await sql<{ wanted: string; key: string }>`
    select wanted.key as wanted, asset.key from unnest(${keys}::text[]) as wanted (key)
    join asset on asset.deployment_id = ${deploymentId} and asset.key = ${keyOfToday(deploymentId, sql.ref("wanted.key"))}
    order by asset.key for no key update of asset`.execute(trx);
  return new Map(rows.filter(({ wanted, key }) => wanted !== key).map(({ wanted, key }) => [wanted, key]));
}

/** The key under which an asset is kept now whose key in `key` may be a former one. */
export function keyOfToday(deploymentId: string, key: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`coalesce((select today.key from asset_former_key former join asset today on today.id = former.asset_id
    where former.deployment_id = ${deploymentId} and former.key = ${key}), ${key})`;
}
