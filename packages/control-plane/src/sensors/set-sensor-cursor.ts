import { sql } from "kysely";
import { topics } from "@millrace/model/topic";
import { UnknownDefinition } from "../api/unknown-definition.ts";
import type { Db } from "../database/connect.ts";
import { notifications } from "../wake/notify-change.ts";
import type { InstigatorSelector } from "../ticks/instigator-store.ts";
import { syncInstigators } from "../ticks/sync-instigators.ts";

/**
 * Sets by hand what the next evaluation of a sensor is told as its cursor. An evaluation that is under way does not change it any more.
 *
 * @param cursor null: as if it had never been evaluated.
 * @throws UnknownDefinition
 */
export async function setSensorCursor(
  db: Db,
  { deploymentId, locationName, name }: Omit<InstigatorSelector, "kind">,
  cursor: string | null,
): Promise<void> {
  await syncInstigators(db, deploymentId);
  const { rows } = await sql`
    update instigator set cursor = ${cursor} where deployment_id = ${deploymentId} and location_name = ${locationName}
      and kind = 'sensor' and name = ${name} and rule is not null
    returning ${notifications([topics.ticks(deploymentId)])}`.execute(db);
  if (rows.length === 0)
    throw new UnknownDefinition(`There is no sensor "${name}" in code location "${locationName}"`);
}
