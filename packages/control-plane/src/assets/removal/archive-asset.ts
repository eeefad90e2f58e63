import { sql } from "kysely";
import { topics } from "@millrace/model/topic";
import { BadRequest } from "../../api/bad-request.ts";
import type { Db } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { notifyChange } from "../../wake/notify-change.ts";
import { getAssetCatalog } from "../catalog/asset-catalog.ts";
import { unknownAsset } from "./wipe-asset.ts";

/**
 * Puts an asset out of sight that no code location defines any more, or back. Its history is kept; it comes back by itself
 * when it is defined or materialized again.
 *
 * @throws BadRequest when a code location defines it, or nothing is known of it.
 */
export async function setAssetArchived(
  db: Db,
  deploymentId: string,
  key: string,
  archived: boolean,
): Promise<void> {
  const defined = (await getAssetCatalog(db, deploymentId)).assets.get(key);
  if (archived && defined !== undefined)
    throw new BadRequest(
      `Asset "${key}" is defined by code location "${defined.location.locationName}": remove it from the code first`,
    );
  await inTransaction(db, async (trx) => {
    const { rows } = await sql`
      update asset set archived_at = ${archived ? sql`coalesce(archived_at, now())` : null}
      where deployment_id = ${deploymentId} and key = ${key} returning 1`.execute(trx);
    if (rows.length === 0) throw await unknownAsset(trx, deploymentId, key);
    await notifyChange(trx, topics.assets(deploymentId));
  });
}
