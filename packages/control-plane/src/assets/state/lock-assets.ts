import { sql } from "kysely";
import type { Trx } from "../../database/connect.ts";

/**
 * Holds the rows of assets, which are made where missing, until the transaction ends. Events of one asset that are numbered
 * after this become visible in the order of their numbers, so that who reads on after the last number it saw misses none.
 * Missing rows are made first and all are held in the order of their keys: nobody ever waits in a circle.
 */
export async function lockAssets(trx: Trx, deploymentId: string, keys: readonly string[]): Promise<void> {
  await sql`
    insert into asset (deployment_id, key)
    select ${deploymentId}, wanted.key from unnest(${keys}::text[]) as wanted (key)
    where not exists (select from asset known where known.deployment_id = ${deploymentId} and known.key = wanted.key)
    order by wanted.key on conflict (deployment_id, key) do nothing`.execute(trx);
  await sql`
    select 1 from asset where deployment_id = ${deploymentId} and key = any(${keys}) order by key for no key update`.execute(
    trx,
  );
}
