import { sql } from "kysely";
import { topics } from "@millrace/model/topic";
import { agentQueue } from "@millrace/model/runs/work-item";
import type { Trx } from "../../database/connect.ts";
import { notifications, notifyWork } from "../../wake/notify-change.ts";
import { launchKeyOfRow, terminateKeyOfRow } from "../attempts/work-keys.ts";
import { noteMoves, notifyEach } from "./move-many-runs.ts";
import { GRACE_SECONDS, STOP_ASKED, STOP_PRIORITY, STOP_WITHIN_SECONDS } from "./terminate-run.ts";

/**
 * Asks the workers of many active runs to stop by one statement, as `terminateRun` would each. Runs whose launch may still be taken
 * back, that wait without a worker, or that somebody else has locked are passed over.
 *
 * @returns those whose workers it has asked.
 */
export async function stopActiveRuns(
  trx: Trx,
  deploymentId: string,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const result = await sql<{ id: string }>`
    with active as materialized (
      select id, attempt, event_count from run
      where deployment_id = ${deploymentId} and status in ('STARTING', 'STARTED') and waiting_until is null and id = any(${ids}::uuid[])
      order by id for no key update skip locked
    ), working as materialized (
      select active.*, w.agent_id, w.queue from active left join work_item w
        on w.deployment_id = ${deploymentId} and w.idempotency_key = ${launchKeyOfRow("active")}
      where not coalesce(w.state = 'pending' and w.deliveries = 0, false)
    ), asked as (
      update run_attempt a set stop_asked_at = now() from working where a.run_id = working.id and a.attempt = working.attempt
      returning a.run_id, coalesce(a.agent_id, working.agent_id) as agent_id
    ), ${noteMoves(deploymentId, "working", "CANCELING", STOP_ASKED)}, work as (
      insert into work_item (deployment_id, queue, kind, idempotency_key, payload, priority, deadline)
      select ${deploymentId}, coalesce(${agentQueue("")}::text || asked.agent_id, working.queue, 'default'), 'terminate_run',
        ${terminateKeyOfRow("working")},
        jsonb_build_object('kind', 'terminate_run', 'runId', working.id, 'attempt', working.attempt, 'graceSeconds', ${GRACE_SECONDS}::integer),
        ${STOP_PRIORITY}::integer, now() + make_interval(secs => ${STOP_WITHIN_SECONDS})
      from working join asked on asked.run_id = working.id
      on conflict (deployment_id, idempotency_key) do nothing returning ${notifyWork}
    ), stopping as (
      update run set status = 'CANCELING', event_count = run.event_count + 1 from working where run.id = working.id returning run.id
    )
    select id, ${notifyEach(deploymentId)}, (select count(*) from work) from stopping`.execute(trx);
  if (result.rows.length > 0) await sql`select ${notifications([topics.runs(deploymentId)])}`.execute(trx);
  return result.rows.map(({ id }) => id);
}
