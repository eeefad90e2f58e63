import { sql } from "kysely";
import { topics } from "@millrace/model/topic";
import type { Trx } from "../../database/connect.ts";
import { notifyChange } from "../../wake/notify-change.ts";

/**
 * Deletes runs that have ended, with all that was stored of them: events, output, tags. What they made of assets stays. Those that
 * are under way are passed over.
 *
 * @returns how many it has deleted.
 */
export async function deleteEndedRuns(
  trx: Trx,
  deploymentId: string,
  ids: readonly string[],
): Promise<number> {
  if (ids.length === 0) return 0;
  const result = await sql<{ id: string }>`
    delete from run where deployment_id = ${deploymentId} and id = any(${ids}::uuid[])
      and status in ('SUCCESS', 'FAILURE', 'CANCELED') returning id`.execute(trx);
  const deleted = result.rows.map(({ id }) => id);
  // Events stand in parts of time, so that nothing deletes them along.
  await sql`delete from run_event where run_id = any(${deleted}::uuid[])`.execute(trx);
  await notifyChange(trx, topics.runs(deploymentId));
  return deleted.length;
}
