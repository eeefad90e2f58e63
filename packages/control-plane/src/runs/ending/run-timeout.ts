import { sql, type RawBuilder } from "kysely";
import { forEachAlone } from "../../daemons/for-each-alone.ts";
import type { Db, Trx } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { findResumable } from "../attempts/resume-run.ts";
import { appendControlPlaneEvents, type ControlPlaneEvent } from "../fold/append-run-events.ts";
import { lockRun, type LockedRun } from "../fold/lock-run.ts";
import { HANG_TIMEOUT_TAG, MAX_RUNTIME_TAG, SECONDS_PATTERN } from "../run-tags.ts";
import { settingSeconds } from "./setting-seconds.ts";
import { askToStop, stopRun } from "./terminate-run.ts";

/** Within which a worker that hangs and was told to stop has ended itself when no agent has: it hears of it within 5 seconds. */
const ENDS_ITSELF_SECONDS = 45;

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
  where a.state = 'running' and a.blocked_since is not null and a.stop_asked_at is null and r.status = 'STARTED'
    and t.seconds is not null)`;

/**
 * Ends the runs of a deployment that took longer than they may: their workers are asked to stop, and when they have, the runs fail. Safe to run in
 * several replicas at once.
 *
 * @returns the runs that it ended.
 */
export function endOverdueRuns(db: Db, deploymentId: string): Promise<string[]> {
  return forEachDue(db, deploymentId, limitedRuns, (trx, run, seconds) => {
    const message = `The run took longer than the ${seconds} s it may`;
    return stopRun(trx, run, { reason: "MAX_RUNTIME_EXCEEDED", message });
  });
}

/**
 * Stops the workers the main threads of which have been blocked for longer than they may. Their runs go on in a further attempt as
 * soon as these workers are known to be gone, if they may, and keep their slots until then; else they end, as with `endOverdueRuns`.
 *
 * @returns the runs of these workers.
 */
export function stopHungWorkers(db: Db, deploymentId: string): Promise<string[]> {
  return forEachDue(db, deploymentId, blockedRuns, async (trx, run, seconds) => {
    const message = `The main thread of the worker has not answered for longer than the ${seconds} s it may`;
    if ((await findResumable(trx, run)) === null) await stopRun(trx, run, { reason: "WORKER_HUNG", message });
    else await giveUpWorker(trx, run, message);
  });
}

/** What the worker says from here on is refused, so that nothing of it is stored twice once its run goes on without it. */
async function giveUpWorker(trx: Trx, run: LockedRun, message: string): Promise<void> {
  await askToStop(trx, run, 0);
  await sql`
    update run_attempt set lease_until = greatest(lease_until, now() + make_interval(secs => ${ENDS_ITSELF_SECONDS}))
    where run_id = ${run.id} and attempt = ${run.attempt}`.execute(trx);
  const told: ControlPlaneEvent = {
    type: "ENGINE_EVENT",
    message: `${message}. It is killed, and the run goes on in a further attempt when it is gone`,
    stepKey: null,
    error: null,
    metadata: {},
  };
  await appendControlPlaneEvents(trx, run, [told]);
}

/** Locks the runs whose time is over one by one, and acts on those of which this still holds then. Returns these. */
async function forEachDue(
  db: Db,
  deploymentId: string,
  limited: RawBuilder<unknown>,
  act: (trx: Trx, run: LockedRun, seconds: number) => Promise<unknown>,
): Promise<string[]> {
  const overdue = await sql<{ id: string }>`
    select id from ${limited} limited where deployment_id = ${deploymentId} and due <= now() order by due limit 500`.execute(
    db,
  );
  const acted: string[] = [];
  await forEachAlone(overdue.rows, async ({ id }) => {
    const isDone = await inTransaction(db, async (trx) => {
      const run = await lockRun(trx, id);
      const still = await sql<{ seconds: number }>`
        select seconds from ${limited} limited where id = ${id} and due <= now()`.execute(trx);
      const due = still.rows[0];
      if (due !== undefined) await act(trx, run, due.seconds);
      return due !== undefined;
    });
    if (isDone) acted.push(id);
  });
  return acted;
}
