import { sql } from "kysely";
import { createAutomationDaemon } from "../automation/automation-daemon.ts";
import type { Db } from "../database/connect.ts";
import { tickOnce } from "../daemons/tick-once.ts";
import { createTestContext } from "../testing/test-context.ts";
import { LAUNCH_CONTEXT, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { FOLLOWERS } from "./simulated-automation.ts";
import { InvariantBroken } from "./stored-history.ts";

/** Has conditions looked at for the first time, so that nothing in the simulation is older than what they remember. */
export async function beginAutomation(db: Db): Promise<void> {
  const duty = { daemon: createAutomationDaemon(0), deploymentId: TEST_DEPLOYMENT };
  const { error } = await tickOnce(duty, createTestContext(db, LAUNCH_CONTEXT), "before");
  if (error !== null) throw error;
  await sql`delete from daemon_lease`.execute(db);
}

/** Whether automation has seen all that has happened, and so has asked for what follows from it. */
export async function hasSeenAll(db: Db): Promise<boolean> {
  const { rows } = await sql<{ hasSeen: boolean }>`
    select (events_seen ->> 'low')::bigint = (select coalesce(max(id), 0) from asset_event)
      and feed_seq = (select coalesce(max(seq), 0) from run_change)
      and not exists (select from run_change where seq is null) as "hasSeen"
    from automation_state`.execute(db);
  return rows[0]?.hasSeen ?? false;
}

/**
 * What must hold of assets that follow others once nothing is under way: no update of what they follow is lost, also not one by a run
 * that failed before it made them, and none makes more than one run.
 *
 * An update is answered by whatever makes or asks for the asset in the round that sees the update, or later; also by a request of the
 * round before, whose run begins only then, unless that run itself is where the update comes from. What the clocks of workers say has
 * no part in it.
 *
 * @throws InvariantBroken
 */
export async function checkAutomation(db: Db): Promise<void> {
  for (const { key, follows } of FOLLOWERS) {
    const { rows } = await sql<{ what: string }>`
      with seen as (select number, evaluated_at, (events_seen ->> 'low')::bigint as low, events_seen -> 'seen' as above
          from simulation.automation_round),
        made as (select e.id, e.run_id, a.key,
          (select min(number) from seen where e.id <= low or above @> to_jsonb(e.id)) as round
          from asset_event e join asset a on a.id = e.asset_id where e.kind = 'materialization'),
        cause as (select u.*, ${key} = any(r.asset_keys) as along, r.status,
          (select evaluated_at from seen where number = greatest(u.round - 1, 1)) as since
          from made u join run r on r.id = u.run_id where u.key = ${follows})
      select 'the materialization of ' || key || ' by run ' || run_id || ' in round ' || round || ' was lost' as what from cause
        where not (along and status = 'CANCELED')
          and not exists (select from made d where d.key = ${key} and d.round >= cause.round)
          and not exists (select from run r where ${key} = any(r.asset_keys) and r.created_at >= since and r.id <> cause.run_id)
      union all
      select 'automation asked for ${sql.raw(key)} ' || asked || ' times after ' || causes || ' causes' from (
        select (select count(*) from run where origin_kind = 'automation' and ${key} = any(asset_keys)) as asked,
          (select count(*) from made where key = ${follows})
            + (select count(*) from run where ${[key, follows]}::text[] <@ asset_keys) as causes) as counted
        where asked > causes`.execute(db);
    if (rows.length > 0) throw new InvariantBroken(rows.map(({ what }) => what).join("; "));
  }
}
