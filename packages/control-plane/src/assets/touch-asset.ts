import { sql } from "kysely";
import type { Trx } from "../database/connect.ts";

/**
 * Has automation conditions look at assets again of which something was forgotten: no event says so. Where none was ever evaluated,
 * nobody would take the note away.
 */
export async function touchAssets(trx: Trx, deploymentId: string, keys: readonly string[]): Promise<void> {
  await sql`
    insert into automation_touch (deployment_id, asset_key)
    select ${deploymentId}, forgotten.key from unnest(${keys}::text[]) as forgotten(key)
    where exists (select from automation_state where deployment_id = ${deploymentId})
      and not exists (select from automation_touch where deployment_id = ${deploymentId} and asset_key = forgotten.key)`.execute(
    trx,
  );
}
