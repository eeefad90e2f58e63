import type { Trx } from "../database/connect.ts";

/** Has automation conditions look at an asset again of which something was forgotten: no event says so. */
export async function touchAsset(trx: Trx, deploymentId: string, key: string): Promise<void> {
  await trx.insertInto("automation_touch").values({ deployment_id: deploymentId, asset_key: key }).execute();
}
