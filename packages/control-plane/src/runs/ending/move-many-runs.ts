import { sql, type RawBuilder } from "kysely";
import { topics } from "@millrace/model/topic";
import { WAKE_CHANNEL } from "../../wake/notify-change.ts";

/**
 * In a statement that gives many runs a status: parts of its `with` that store what the log says of it, and the change for the feed.
 *
 * @param runs a part before them, with the `id` and `event_count` of each run; that of the run itself is for the statement to raise.
 */
export function noteMoves(
  deploymentId: string,
  runs: string,
  status: "CANCELING" | "CANCELED",
  message: string,
): RawBuilder<unknown> {
  return sql`stored as (
      insert into run_event (run_id, position, attempt, sequence, deployment_id, type, level, message, happened_at, event)
      select id, event_count, 0, event_count, ${deploymentId}, ${`RUN_${status}`}, 'INFO', ${message},
        date_trunc('milliseconds', now()), '{}'::jsonb
      from ${sql.ref(runs)}
    ), moved as (
      insert into run_change (deployment_id, run_id, position, status, happened_at)
      select ${deploymentId}, id, event_count, ${status}, now() from ${sql.ref(runs)} order by id
    )`;
}

/** In a statement on runs, by their `id`: wakes whoever follows one of them. */
export function notifyEach(deploymentId: string): RawBuilder<unknown> {
  return sql`pg_notify(${WAKE_CHANNEL}, ${topics.run(deploymentId, "")}::text || id)`;
}
