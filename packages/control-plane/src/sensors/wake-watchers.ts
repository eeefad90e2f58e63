import { sql } from "kysely";
import { topics } from "@millrace/model/topic";
import type { Db } from "../database/connect.ts";
import { notifications } from "../wake/notify-change.ts";

/** A sensor is not looked at more often, however much happens of which it needs more, such as all of several assets. */
const BETWEEN_LOOKS_SECONDS = 1;

/**
 * Lets sensors that watch assets or runs be due as soon as there is something that they have not seen: their interval is the least time
 * between evaluations, not the time until something is noticed. Those that have failed wait for the end of their pause.
 */
export async function wakeWatchers(db: Db, deploymentId: string): Promise<void> {
  await sql`
    with watching as (
      select id, greatest(now(), decided_up_to + make_interval(secs => ${BETWEEN_LOOKS_SECONDS}),
        last_tick_at + make_interval(secs => (rule ->> 'intervalSeconds')::float8)) as due
      from instigator i
      where deployment_id = ${deploymentId} and kind = 'sensor' and rule -> 'watch' <> 'null'::jsonb
        and next_due > now() and tick_in_flight is null and failures = 0
        and case rule -> 'watch' ->> 'kind'
          when 'assets' then exists (
            select from jsonb_array_elements_text(rule -> 'watch' -> 'assets') as watched (key)
            join asset a on a.deployment_id = i.deployment_id and a.key = watched.key
            join asset_event e on e.asset_id = a.id and e.kind = 'materialization'
              and e.id > coalesce((i.event_cursor::jsonb -> 'seen' ->> watched.key)::bigint, 0))
          else exists (
            select from run_change c where c.deployment_id = i.deployment_id
              and (c.seq is null or c.seq > coalesce((i.event_cursor::jsonb ->> 'seq')::bigint, 0))
              and rule -> 'watch' -> 'statuses' ? c.status)
        end
      for no key update of i skip locked
    )
    update instigator set next_due = watching.due from watching where instigator.id = watching.id and watching.due < next_due
    returning ${notifications([topics.dueTicks(deploymentId)])}`.execute(db);
}
