import { sql, type RawBuilder } from "kysely";
import type { RunFailureReason } from "@millrace/model/run-failure";
import { forEachAlone } from "../../daemons/for-each-alone.ts";
import type { Db } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { lockRun } from "../fold/lock-run.ts";
import { HANG_TIMEOUT_TAG, MAX_RUNTIME_TAG, SECONDS_PATTERN } from "../run-tags.ts";
import { settingSeconds } from "./setting-seconds.ts";
import { stopRun } from "./terminate-run.ts";

/** Seconds that a tag of run `r` says, or else the setting; null, also where the setting is 0: no limit. */
const limitOf = (tag: string, setting: ReturnType<typeof settingSeconds>): ReturnType<typeof sql> => sql`
  case when r.tags ->> ${tag} ~ ${SECONDS_PATTERN} then (r.tags ->> ${tag})::float8 else nullif(${setting}, 0) end`;

const maxSeconds = limitOf(MAX_RUNTIME_TAG, settingSeconds("max_runtime_seconds", null));
const hangSeconds = limitOf(HANG_TIMEOUT_TAG, settingSeconds("hang_timeout_seconds", 3_600));

/**
 * Runs that have started, with the instant at which their time is over (`due`) and the seconds they had (`seconds`). A run's time
 * begins when its first worker did by the database's clock, not when that worker says so by its own.
 */
export const limitedRuns = sql`(
  select r.id, r.deployment_id, t.seconds, began.at + make_interval(secs => t.seconds) as due
  from run r join deployment d on d.id = r.deployment_id cross join lateral (select ${maxSeconds} as seconds) t
    cross join lateral (select min(a.started_at) as at from run_attempt a where a.run_id = r.id) began
  where r.status = 'STARTED' and t.seconds is not null)`;

/** Runs the main threads of whose workers are blocked, likewise. */
export const blockedRuns = sql`(
  select r.id, r.deployment_id, t.seconds, a.blocked_since + make_interval(secs => t.seconds) as due
  from run_attempt a join run r on r.id = a.run_id and r.attempt = a.attempt join deployment d on d.id = r.deployment_id
    cross join lateral (select ${hangSeconds} as seconds) t
  where a.state = 'running' and a.blocked_since is not null and r.status = 'STARTED' and t.seconds is not null)`;

/**
 * Ends the runs of a deployment that took longer than they may: their workers are asked to stop, and when they have, the runs fail. Safe to run in
 * several replicas at once.
 *
 * @returns the runs that it ended.
 */
export function endOverdueRuns(db: Db, deploymentId: string): Promise<string[]> {
  return endRuns(db, deploymentId, limitedRuns, (seconds) => ({
    reason: "MAX_RUNTIME_EXCEEDED",
    message: `The run took longer than the ${seconds} s it may`,
  }));
}

/** Ends the runs the main threads of whose workers have been blocked for longer than they may, as `endOverdueRuns` does. */
export function endHungRuns(db: Db, deploymentId: string): Promise<string[]> {
  return endRuns(db, deploymentId, blockedRuns, (seconds) => ({
    reason: "WORKER_HUNG",
    message: `The main thread of the worker has not answered for longer than the ${seconds} s it may`,
  }));
}

async function endRuns(
  db: Db,
  deploymentId: string,
  limited: RawBuilder<unknown>,
  explain: (seconds: number) => { readonly reason: RunFailureReason; readonly message: string },
): Promise<string[]> {
  const overdue = await sql<{ id: string; seconds: number }>`
    select id, seconds from ${limited} limited where deployment_id = ${deploymentId} and due <= now() order by due limit 500`.execute(
    db,
  );
  const ended: string[] = [];
  await forEachAlone(overdue.rows, async ({ id, seconds }) => {
    const isEnded = await inTransaction(db, async (trx) => {
      const run = await lockRun(trx, id);
      if (run.state.status !== "STARTED") return false;
      await stopRun(trx, run, explain(seconds));
      return true;
    });
    if (isEnded) ended.push(id);
  });
  return ended;
}
