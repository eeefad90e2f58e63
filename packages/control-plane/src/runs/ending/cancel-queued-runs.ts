import { sql } from "kysely";
import { topics } from "@millrace/model/topic";
import type { Trx } from "../../database/connect.ts";
import { notifications } from "../../wake/notify-change.ts";
import { noteMoves, notifyEach } from "./move-many-runs.ts";

/**
 * Cancels many runs that wait in the queue by one statement, as `terminateRun` would each. Those that have left the queue, or that
 * somebody else has locked, are passed over.
 *
 * @returns those that it has canceled.
 */
export async function cancelQueuedRuns(
  trx: Trx,
  deploymentId: string,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const result = await sql<{ id: string }>`
    with waiting as materialized (
      select id, event_count from run where deployment_id = ${deploymentId} and status = 'QUEUED' and id = any(${ids}::uuid[])
      order by id for no key update skip locked
    ), ${noteMoves(deploymentId, "waiting", "CANCELED", "Canceled before its worker was started")}, ended as (
      update run set status = 'CANCELED', ended_at = now(), event_count = run.event_count + 1
      from waiting where run.id = waiting.id returning run.id
    )
    select id, ${notifyEach(deploymentId)} from ended`.execute(trx);
  if (result.rows.length > 0) {
    const { runs, assets, backfills } = topics;
    await sql`select ${notifications([runs, assets, backfills].map((topic) => topic(deploymentId)))}`.execute(
      trx,
    );
  }
  return result.rows.map(({ id }) => id);
}
