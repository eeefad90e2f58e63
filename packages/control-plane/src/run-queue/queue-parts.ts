import { sql } from "kysely";
import type { Trx } from "../database/connect.ts";
import { candidateColumns, isDue, toCandidate, type QueuedRun } from "./queue-store.ts";

/** The queued runs of one code location that the same thing holds back, or that nothing has held back so far. */
export interface QueuePart {
  readonly locationName: string;
  /** See `toHoldName`; null: nothing. */
  readonly heldBy: string | null;
}

/** The parts of a queue. Costs a look-up for each part, not for each run. */
export async function listQueueParts(trx: Trx, deploymentId: string): Promise<QueuePart[]> {
  const next = (after: ReturnType<typeof sql>): ReturnType<typeof sql> => sql`(
    select location_name, coalesce(held_by, '') as held_by from run where deployment_id = ${deploymentId} and status = 'QUEUED' and ${after}
    order by location_name, coalesce(held_by, '') limit 1)`;
  const result = await sql<QueuePart>`
    with recursive part as (
      ${next(sql`true`)}
      union all
      select next.* from part, lateral ${next(sql`(location_name, coalesce(held_by, '')) > (part.location_name, part.held_by)`)} next
    ) select location_name as "locationName", nullif(held_by, '') as "heldBy" from part`.execute(trx);
  return result.rows;
}

/**
 * The first runs of each of the given parts, and those that go on.
 *
 * @param room how many runs may start at most: of a part that something has held back, more need not be looked at.
 * @param limit how many runs to look at, all parts together.
 */
export async function listCandidatesOfParts(
  trx: Trx,
  deploymentId: string,
  parts: readonly QueuePart[],
  room: number,
  limit: number,
): Promise<QueuedRun[]> {
  const share = Math.ceil(limit / Math.max(1, parts.length));
  const names = parts.map(({ locationName }) => locationName);
  const holds = parts.map(({ heldBy }) => heldBy ?? "");
  const shares = parts.map(({ heldBy }) => (heldBy === null ? share : Math.min(room, share)));
  const order = sql`-priority, created_at, id`;
  const result = await sql<QueuedRun>`
    select ${toCandidate}, is_last as "mayHideOthers" from (
      select ofpart.*, row_number() over (partition by part.n order by ${order}) = part.share as is_last
      from unnest(${names}::text[], ${holds}::text[], ${shares}::integer[]) with ordinality as part(location, hold, share, n), lateral (
        select ${candidateColumns} from run
        where deployment_id = ${deploymentId} and status = 'QUEUED' and location_name = part.location and coalesce(held_by, '') = part.hold
        order by location_name, coalesce(held_by, ''), ${order} limit part.share) ofpart
      union all
      (select ${candidateColumns}, false from run where deployment_id = ${deploymentId} and ${isDue} order by ${order} limit ${limit})
    ) candidate`.execute(trx);
  return result.rows;
}
