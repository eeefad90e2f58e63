import { sql } from "kysely";
import { type RunStatus, isFinished } from "@millrace/model/run-status";
import type { RunFailureReason } from "@millrace/model/run-failure";
import { agentQueue } from "@millrace/model/runs/work-item";
import type { Db, Trx } from "../../database/connect.ts";
import { enqueueWork } from "../../work/enqueue-work.ts";
import { appendControlPlaneEvents, type ControlPlaneEvent } from "../fold/append-run-events.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { lockRun, type LockedRun } from "../fold/lock-run.ts";
import { findRun } from "../run-store.ts";
import { cancelRetry } from "../fold/plan-retry.ts";
import { launchKey, terminateKey } from "../attempts/work-keys.ts";

/** Seconds a worker has between the interrupt and the kill. */
export const GRACE_SECONDS = 30;
/** How long an agent may be away and still get the request to stop a worker. */
export const STOP_WITHIN_SECONDS = 24 * 3_600;

/** Before any launch: a slot that is about to be free is worth more. */
export const STOP_PRIORITY = 1_000_000_000;
/** What the log says of it. */
export const STOP_ASKED = "The worker was asked to stop";

/** What became of the wish to end a run. */
export type TerminateOutcome =
  | { readonly kind: "terminating" | "canceled" }
  | { readonly kind: "already_finished"; readonly status: RunStatus }
  | { readonly kind: "not_found" };

/**
 * Ends a run. One that no agent has been asked to start yet, or that waits without a worker, is canceled at once; else its worker is told to stop by the two ways
 * there are, the answer to its next request and its agent, and the run is `CANCELING` until it has. Asking again is harmless. One
 * that has failed is not launched again by itself any more.
 */
export async function terminateRun(db: Db, deploymentId: string, runId: string): Promise<TerminateOutcome> {
  if ((await findRun(db, deploymentId, runId)) === null) return { kind: "not_found" };
  return inTransaction(db, async (trx) => {
    const run = await lockRun(trx, runId);
    const { status } = run.state;
    if (isFinished(status)) {
      await cancelRetry(trx, runId);
      return { kind: "already_finished", status };
    }
    if (status === "CANCELING") return { kind: "terminating" };
    return { kind: await stopRun(trx, run, null) };
  });
}

/**
 * Ends a run that the transaction has locked and that is neither finished nor `CANCELING`.
 *
 * @param cause why the run fails; null: it is canceled.
 * @returns whether it has ended already, or its worker must stop first.
 */
export async function stopRun(
  trx: Trx,
  run: LockedRun,
  cause: { readonly reason: RunFailureReason; readonly message: string } | null,
): Promise<"terminating" | "canceled"> {
  const isWaiting = run.state.waitingUntil !== null;
  if (run.state.status === "QUEUED" || isWaiting || (await takeBackLaunch(trx, run))) {
    const end: ControlPlaneEvent =
      cause === null
        ? {
            type: "RUN_CANCELED",
            message: isWaiting ? "Canceled while it waited" : "Canceled before its worker was started",
          }
        : { type: "RUN_FAILURE", ...cause, error: null };
    await appendControlPlaneEvents(trx, run, [end]);
    return "canceled";
  }
  await appendControlPlaneEvents(trx, run, [
    cause === null
      ? { type: "RUN_CANCELING", message: STOP_ASKED }
      : { type: "RUN_CANCELING", reason: cause.reason, message: cause.message },
  ]);
  await askToStop(trx, run, GRACE_SECONDS);
  return "terminating";
}

/**
 * Asks for the end of the worker of a run's newest attempt.
 *
 * @param graceSeconds how long it has between the interrupt and the kill.
 */
export async function askToStop(trx: Trx, run: LockedRun, graceSeconds: number): Promise<void> {
  await enqueueWork(trx, {
    deploymentId: run.deploymentId,
    queue: await noteAsked(trx, run),
    key: terminateKey(run.id, run.attempt),
    work: { kind: "terminate_run", runId: run.id, attempt: run.attempt, graceSeconds },
    priority: STOP_PRIORITY,
    withinSeconds: STOP_WITHIN_SECONDS,
  });
}

/**
 * Takes the launch of the newest attempt back; false when an agent has got it, had got it once, or is getting it: whoever has the
 * item at this moment settles it before the run, which we hold, so that waiting for it would be waiting in a circle.
 */
async function takeBackLaunch(trx: Trx, run: LockedRun): Promise<boolean> {
  const taken = await sql`
    with waiting as materialized (
      select id, payload ->> 'startedFor' as "startedFor" from work_item
      where deployment_id = ${run.deploymentId} and idempotency_key = ${launchKey(run.id, run.attempt)}
        and state = 'pending' and deliveries = 0 for no key update skip locked
    ), item as (
      update work_item set state = 'done', finished_at = now(), run_token = null
      from waiting where work_item.id = waiting.id returning waiting."startedFor"
    )
    update run_attempt set state = 'ended', ended_at = now() from item
    where run_id = ${run.id} and attempt = ${run.attempt}
      and (state = 'assigned' or (state = 'running' and next_sequence = 0 and worker ->> 'workerId' = item."startedFor")) returning 1`.execute(
    trx,
  );
  return taken.rows.length > 0;
}

/**
 * Notes that the worker was asked to stop.
 *
 * @returns the queue of the agent that has the worker; while no agent has it, the queue in which its launch waits.
 */
async function noteAsked(trx: Trx, run: LockedRun): Promise<string> {
  const result = await sql<{ agentId: string | null; queue: string | null }>`
    with asked as (
      update run_attempt set stop_asked_at = now() where run_id = ${run.id} and attempt = ${run.attempt}
      returning deployment_id, agent_id
    )
    select coalesce(a.agent_id, w.agent_id) as "agentId", w.queue from asked a
    left join work_item w on w.deployment_id = a.deployment_id and w.idempotency_key = ${launchKey(run.id, run.attempt)}`.execute(
    trx,
  );
  const { agentId = null, queue = null } = result.rows[0] ?? {};
  return agentId === null ? (queue ?? "default") : agentQueue(agentId);
}
