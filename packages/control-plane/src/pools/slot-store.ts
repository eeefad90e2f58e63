import { sql, type RawBuilder } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import type { Db, Trx } from "../database/connect.ts";
import { readStoredSettings } from "../deployments/settings.ts";
import { topics } from "@millrace/model/topic";
import { notifications, WAKE_CHANNEL } from "../wake/notify-change.ts";

/** One attempt of a step that asks for a slot of a pool. */
export interface SlotRequest {
  readonly deploymentId: string;
  readonly runId: string;
  readonly attempt: number;
  readonly stepKey: string;
  readonly pool: string;
}

/** A step asked for a slot of one pool while it has, or waits for, one of another. */
export class OtherPoolClaimed extends ExpectedError {
  readonly code = "bad_request";
}

/**
 * In statements on `pool_slot s` and its attempt `a`: whether the slot counts. It is bound to the attempt's lease: whatever ends the
 * attempt frees it, without anybody doing anything.
 */
export const isAlive = sql<boolean>`a.state in ('assigned', 'running')`;
const joinAttempt = sql`join run_attempt a on a.run_id = s.run_id and a.attempt = s.attempt`;

/** Puts a step into the line of its pool, where it stays until it has its slot; asked again, it keeps its place. */
export async function askForSlot(trx: Trx, request: SlotRequest): Promise<void> {
  const { deploymentId, runId, attempt, stepKey, pool } = request;
  const stored = await sql<{ pool: string }>`
    insert into pool_slot as known (deployment_id, run_id, attempt, step_key, pool, priority)
    select ${deploymentId}, id, ${attempt}, ${stepKey}, ${pool}, priority from run where id = ${runId}
    on conflict (run_id, attempt, step_key) do update set pool = known.pool
    returning pool`.execute(trx);
  const [row] = stored.rows;
  if (row !== undefined && row.pool !== pool)
    throw new OtherPoolClaimed(
      `Step "${stepKey}" has claimed a slot of pool "${row.pool}": it must free that before it claims one of pool "${pool}"`,
    );
}

/** Whether a step that has asked has its slot. */
export async function hasSlot(db: Db, { runId, attempt, stepKey }: SlotRequest): Promise<boolean> {
  const result = await sql`
    select from pool_slot where run_id = ${runId} and attempt = ${attempt} and step_key = ${stepKey} and granted_at is not null`.execute(
    db,
  );
  return result.rows.length > 0;
}

/** The pool of whose slots a step has one, or waits for one; null: of none. Waits for whoever decides about that pool. */
export async function lockPoolOfStep(
  trx: Trx,
  { deploymentId, runId, attempt, stepKey }: Omit<SlotRequest, "pool">,
): Promise<string | null> {
  const result = await sql<{ pool: string }>`
    select pool from pool_slot where run_id = ${runId} and attempt = ${attempt} and step_key = ${stepKey}`.execute(
    trx,
  );
  const pool = result.rows[0]?.pool ?? null;
  if (pool !== null) await lockPool(trx, deploymentId, pool);
  return pool;
}

/** Takes back what a step has asked for or was given. */
export async function deleteSlot(
  trx: Trx,
  { runId, attempt, stepKey }: Omit<SlotRequest, "pool">,
): Promise<void> {
  await sql`
    delete from pool_slot where run_id = ${runId} and attempt = ${attempt} and step_key = ${stepKey}`.execute(
    trx,
  );
}

/** Waits until nobody else decides about a pool, and keeps it so until the transaction ends. */
export async function lockPool(trx: Trx, deploymentId: string, pool: string): Promise<void> {
  const key = sql`hashtextextended(${`pool ${deploymentId} ${pool}`}, 0)`;
  await sql`select pg_advisory_xact_lock(${key})`.execute(trx);
}

/**
 * How many slots a pool has for steps; null: as many as are asked for, also where its limit counts runs, which the coordinator
 * sees to.
 */
export async function findSlotLimit(trx: Trx, deploymentId: string, pool: string): Promise<number | null> {
  const result = await sql<{ settings: unknown; slot_limit: number | null }>`
    select d.settings, p.slot_limit from deployment d left join pool p on p.deployment_id = d.id and p.name = ${pool}
    where d.id = ${deploymentId}`.execute(trx);
  const row = result.rows[0];
  const { settings } = readStoredSettings(row?.settings ?? {});
  return settings.poolGranularity === "run" ? null : (row?.slot_limit ?? settings.poolDefaultLimit);
}

/** In statements on `pool_slot s` and its run `r`: the line of those that wait for slots, in the order of the run queue. */
export const inLine = sql`-s.priority, r.created_at, r.id, s.asked_at, s.step_key`;

/**
 * Gives free slots to those who wait for them, in the order of the run queue: by priority, then to the run that was launched first, and
 * wakes them; so that runs in the queue get theirs too, it wakes the coordinator while any waits that has pools. Needs `lockPool` before.
 */
export async function grantSlots(
  trx: Trx,
  deploymentId: string,
  pool: string,
  limit: number | null,
): Promise<void> {
  const ofPool = sql`s.deployment_id = ${deploymentId} and s.pool = ${pool} and ${isAlive}`;
  const room =
    limit === null
      ? sql`null`
      : sql`greatest(0, ${limit}::bigint - (
          select count(*) from pool_slot s ${joinAttempt} where ${ofPool} and s.granted_at is not null))`;
  await sql`
    with turn as (
      select s.run_id, s.attempt, s.step_key from pool_slot s ${joinAttempt} join run r on r.id = s.run_id
      where ${ofPool} and s.granted_at is null order by ${inLine} limit ${room}
    ), granted as (
      update pool_slot s set granted_at = now() from turn
      where s.run_id = turn.run_id and s.attempt = turn.attempt and s.step_key = turn.step_key returning s.run_id
    )
    select ${notifySlots(deploymentId)} from (select distinct run_id from granted) run
    union all select ${notifications([topics.runs(deploymentId)])}
      where exists (select from run where deployment_id = ${deploymentId} and status = 'QUEUED' and pools is not null)`.execute(
    trx,
  );
}

/** Pools for whose slots steps wait. */
export async function listAwaitedPools(db: Db, deploymentId: string): Promise<string[]> {
  const result = await sql<{ pool: string }>`
    select distinct pool from pool_slot where deployment_id = ${deploymentId} and granted_at is null order by pool`.execute(
    db,
  );
  return result.rows.map(({ pool }) => pool);
}

/** Forgets the slots of attempts that have ended; those of lost ones may be claimed again by a worker that returns. */
export async function deleteEndedSlots(trx: Trx, deploymentId: string, pool: string): Promise<void> {
  await sql`
    delete from pool_slot s using run_attempt a
    where s.deployment_id = ${deploymentId} and s.pool = ${pool} and a.run_id = s.run_id and a.attempt = s.attempt
      and a.state = 'ended'`.execute(trx);
}

function notifySlots(deploymentId: string): RawBuilder<unknown> {
  return sql`pg_notify(${WAKE_CHANNEL}, ${`${deploymentId}/slots:`}::text || run.run_id)`;
}
