import { sql } from "kysely";
import { forEachAlone } from "../../daemons/for-each-alone.ts";
import type { Db } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { lockRun } from "../fold/lock-run.ts";
import { MAX_RUNTIME_TAG, SECONDS_PATTERN } from "../run-tags.ts";
import { settingSeconds } from "./setting-seconds.ts";
import { stopRun } from "./terminate-run.ts";

const maxSeconds = sql`case when r.tags ->> ${MAX_RUNTIME_TAG} ~ ${SECONDS_PATTERN}
  then (r.tags ->> ${MAX_RUNTIME_TAG})::float8 else nullif(${settingSeconds("max_runtime_seconds", null)}, 0) end`;

/**
 * Runs that have started, with the instant at which their time is over (`due`) and the seconds they had (`seconds`). A run's time
 * begins when its first worker did by the database's clock, not when that worker says so by its own.
 */
export const limitedRuns = sql`(
  select r.id, r.deployment_id, t.seconds, began.at + make_interval(secs => t.seconds) as due
  from run r join deployment d on d.id = r.deployment_id cross join lateral (select ${maxSeconds} as seconds) t
    cross join lateral (select min(a.started_at) as at from run_attempt a where a.run_id = r.id) began
  where r.status = 'STARTED' and t.seconds is not null)`;

/**
 * Ends the runs of a deployment that took longer than they may: their workers are asked to stop, and when they have, the runs fail. Safe to run in
 * several replicas at once.
 *
 * @returns the runs that it ended.
 */
export async function endOverdueRuns(db: Db, deploymentId: string): Promise<string[]> {
  const overdue = await sql<{ id: string; seconds: number }>`
    select id, seconds from ${limitedRuns} limited where deployment_id = ${deploymentId} and due <= now() order by due limit 500`.execute(
    db,
  );
  const ended: string[] = [];
  await forEachAlone(overdue.rows, async ({ id, seconds }) => {
    const isEnded = await inTransaction(db, async (trx) => {
      const run = await lockRun(trx, id);
      if (run.state.status !== "STARTED") return false;
      await stopRun(trx, run, {
        reason: "MAX_RUNTIME_EXCEEDED",
        message: `The run took longer than the ${seconds} s it may`,
      });
      return true;
    });
    if (isEnded) ended.push(id);
  });
  return ended;
}
