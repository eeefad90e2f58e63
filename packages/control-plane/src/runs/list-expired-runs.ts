import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { isRunId } from "./run-id.ts";

/**
 * Those of some runs whose values nobody will read any more: no run of their group, which might go on from them, is unfinished or
 * has ended within so many days. A run that the deployment does not know (any more) is among them.
 */
export async function listExpiredRuns(
  db: Db,
  deploymentId: string,
  runIds: readonly string[],
  days: number,
): Promise<string[]> {
  const result = await sql<{ id: string }>`
    select given.id from unnest(${runIds.filter(isRunId)}::uuid[]) as given (id)
    left join run r on r.id = given.id and r.deployment_id = ${deploymentId}
    where r.id is null or not exists (
      select from run g where g.deployment_id = ${deploymentId}
        and (g.id = coalesce(r.root_run_id, r.id) or g.root_run_id = coalesce(r.root_run_id, r.id))
        and (g.ended_at is null or g.ended_at > now() - make_interval(days => ${days}))
    )`.execute(db);
  return result.rows.map(({ id }) => id);
}
