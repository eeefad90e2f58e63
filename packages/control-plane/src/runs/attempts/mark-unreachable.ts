import { sql } from "kysely";
import { isFinished } from "@millrace/model/run-status";
import { forEachAlone } from "../../daemons/for-each-alone.ts";
import type { Db, Trx } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { appendControlPlaneEvents } from "../fold/append-run-events.ts";
import { isSilent } from "../fold/lease.ts";
import { lockAttempt } from "../fold/lock-run.ts";

/** A worker that is out of reach, for the log. */
export interface UnreachableWorker {
  readonly runId: string;
  readonly attempt: number;
  readonly place: string | null;
}

/**
 * Notes which workers of a deployment are out of reach: silent for 15 seconds, their leases not over yet. The run's status and slot
 * stay as they are; its log says it, once. Safe to run in several replicas at once.
 */
export async function markUnreachableWorkers(db: Db, deploymentId: string): Promise<UnreachableWorker[]> {
  const silent = await sql<{ runId: string; attempt: number }>`
    select a.run_id as "runId", a.attempt from run_attempt a
    where a.deployment_id = ${deploymentId} and ${isSilent} and a.unreachable_since is null and a.lease_until >= now()
    order by a.lease_until limit 500`.execute(db);
  const marked: UnreachableWorker[] = [];
  await forEachAlone(silent.rows, async ({ runId, attempt }) => {
    const worker = await inTransaction(db, (trx) => markUnreachable(trx, runId, attempt));
    if (worker !== null) marked.push(worker);
  });
  return marked;
}

async function markUnreachable(trx: Trx, runId: string, number: number): Promise<UnreachableWorker | null> {
  const { run, attempt } = await lockAttempt(trx, runId, number);
  // It may have spoken, or somebody else may have noted it, since the list was made.
  if (!attempt.isSilent || attempt.unreachableSince !== null || attempt.isOverdue) return null;
  if (run.attempt !== number || isFinished(run.state.status)) return null;
  // One that was given up is not heard any more, whatever it says.
  if (run.state.status === "STARTED" && attempt.stopAsked) return null;
  await sql`
    update run_attempt set unreachable_since = ${attempt.heardAt} where run_id = ${runId} and attempt = ${number}`.execute(
    trx,
  );
  const place = attempt.worker.place ?? null;
  const message =
    `No sign of life from worker ${place ?? "unknown"} since ${attempt.heardAt.toISOString()}: it is out of reach. ` +
    `The run keeps its slot, and fails only if nothing is heard until ${attempt.leaseUntil.toISOString()}`;
  await appendControlPlaneEvents(trx, run, [{ type: "RUN_WORKER_UNREACHABLE", message }]);
  return { runId, attempt: number, place };
}
