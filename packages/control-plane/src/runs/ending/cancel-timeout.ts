import { sql } from "kysely";
import { forEachAlone } from "../../daemons/for-each-alone.ts";
import type { Db, Trx } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { appendControlPlaneEvents } from "../fold/append-run-events.ts";
import { lockAttempt } from "../fold/lock-run.ts";
import { settingSeconds } from "./setting-seconds.ts";

const cancelSeconds = settingSeconds("cancel_timeout_seconds", 180);

/** Attempts whose workers were asked to stop, and have not, with the instant at which their runs end without them (`due`). */
export const stoppingAttempts = sql`(
  select a.run_id, a.attempt, a.deployment_id, t.seconds, a.stop_asked_at + make_interval(secs => t.seconds) as due
  from run_attempt a join run r on r.id = a.run_id join deployment d on d.id = a.deployment_id
    cross join lateral (select ${cancelSeconds} as seconds) t
  where a.state in ('assigned', 'running') and a.stop_asked_at is not null and a.outlives_run_since is null and r.status = 'CANCELING')`;

/** A run that has ended without its worker, for the log. */
export interface StuckCancellation {
  readonly runId: string;
  readonly attempt: number;
  readonly place: string | null;
}

/**
 * Ends the runs of a deployment whose workers were asked to stop and have not within the setting's time: their agent is gone, or they
 * do not listen. The worker may still run the author's code, so the run's slot is held until the worker is known to be gone or its
 * lease is over. Safe to run in several replicas at once.
 *
 * @returns the runs that it ended.
 */
export async function endStuckCancellations(db: Db, deploymentId: string): Promise<StuckCancellation[]> {
  const stuck = await sql<{ runId: string; attempt: number; seconds: number }>`
    select run_id as "runId", attempt, seconds from ${stoppingAttempts} stopping
    where deployment_id = ${deploymentId} and due <= now() order by due limit 500`.execute(db);
  const ended: StuckCancellation[] = [];
  await forEachAlone(stuck.rows, async ({ runId, attempt, seconds }) => {
    const run = await inTransaction(db, (trx) => endStuck(trx, runId, attempt, seconds));
    if (run !== null) ended.push(run);
  });
  return ended;
}

async function endStuck(
  trx: Trx,
  runId: string,
  number: number,
  seconds: number,
): Promise<StuckCancellation | null> {
  const { run, attempt } = await lockAttempt(trx, runId, number);
  // Its worker may have ended, or somebody else may have noted it, since the list was made.
  if (run.state.status !== "CANCELING" || run.attempt !== number) return null;
  if (attempt.state !== "assigned" && attempt.state !== "running") return null;
  await sql`
    update run_attempt set outlives_run_since = now() where run_id = ${runId} and attempt = ${number}`.execute(
    trx,
  );
  const place = attempt.worker.place ?? null;
  const worker = place === null ? "The worker" : `Worker ${place}`;
  const message =
    `${worker} was asked to stop and has not within ${seconds} s. The run has ended without it, and keeps its slot ` +
    "until the worker is gone or nothing is heard of it any more";
  await appendControlPlaneEvents(trx, run, [{ type: "RUN_CANCELED", message }]);
  return { runId, attempt: number, place };
}
