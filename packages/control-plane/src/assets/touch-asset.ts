import { sql } from "kysely";
import type { Trx } from "../database/connect.ts";

/**
 * Has automation conditions look at an asset again of which something was forgotten: no event says so. Where none was ever evaluated,
 * nobody would take the note away.
 */
export async function touchAsset(trx: Trx, deploymentId: string, key: string): Promise<void> {
  await sql`
    insert into automation_touch (deployment_id, asset_key)
    select ${deploymentId}, ${key} where exists (select from automation_state where deployment_id = ${deploymentId})
      and not exists (select from automation_touch where deployment_id = ${deploymentId} and asset_key = ${key})`.execute(
    trx,
  );
}
