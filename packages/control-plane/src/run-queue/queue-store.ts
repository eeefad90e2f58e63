import { sql } from "kysely";
import type { Db, Trx } from "../database/connect.ts";
import { readStoredSettings, type DeploymentSettings, type QueueOrder } from "../deployments/settings.ts";
import { inLine, isAlive } from "../pools/slot-store.ts";
import { outlivingAttempts } from "../runs/outliving-attempts.ts";
import type { ActiveRun, QueueRules, RunInQueue } from "./queue-usage.ts";
import type { Candidate } from "./select-runnable.ts";

/** Settings that the queue goes by. */
export type QueueSettings = Pick<
  DeploymentSettings,
  | "maxConcurrentRuns"
  | "tagConcurrencyLimits"
  | "queueOrder"
  | "poolGranularity"
  | "poolDefaultLimit"
  | "startTimeoutSeconds"
  | "workerLeaseSeconds"
>;

/** In statements: the runs that go on as soon as there is room, as their waits are over; they stand in the queue with the others. */
export const isDue = sql<boolean>`(waiting_until <= now())`;

/**
 * In statements: whether runs wait that have pools or go on, or, where the order is fair, runs of several locations, or a location is paused,
 * so that the first in the queue may not start.
 */
const mayHold = (deploymentId: string, isFair: ReturnType<typeof sql>): ReturnType<typeof sql> => sql`(
  exists (select from run where deployment_id = ${deploymentId} and status = 'QUEUED' and pools is not null)
  or exists (select from run where deployment_id = ${deploymentId} and ${isDue})
  or exists (select from code_location where deployment_id = ${deploymentId} and runs_paused_at is not null)
  or (${isFair} and ${endOfLocations(deploymentId, sql`asc`)} <> ${endOfLocations(deploymentId, sql`desc`)}))`;

/** In statements: the first or the last name of the locations whose runs are queued. */
const endOfLocations = (
  deploymentId: string,
  direction: ReturnType<typeof sql>,
): ReturnType<typeof sql> => sql`(
  select location_name from run where deployment_id = ${deploymentId} and status = 'QUEUED' order by location_name ${direction} limit 1)`;

/** Who holds this advisory lock until its transaction ends decides alone which runs of the deployment start. */
const queueLock = (deploymentId: string): ReturnType<typeof sql> =>
  sql`hashtextextended(${`dequeue ${deploymentId}`}, 0)`;

/**
 * Waits until nobody else decides about the queue, and keeps it so until the transaction ends.
 *
 * @returns whether anything but the limit for all runs, and tags, may hold runs back, or let others go before them.
 */
export async function lockQueue(trx: Trx, deploymentId: string, order: QueueOrder): Promise<boolean> {
  // What is queued or paused while this waits wakes the coordinator again.
  const result = await sql<{ held: boolean }>`
    select ${mayHold(deploymentId, sql`${order === "fair"}::boolean`)} as held, pg_advisory_xact_lock(${queueLock(deploymentId)})`.execute(
    trx,
  );
  return result.rows[0]?.held ?? false;
}

/** Locks the queue if nobody else does, and if its first run may start for all that can be said without looking at it. */
export async function lockSimpleQueue(trx: Trx, deploymentId: string): Promise<QueueSettings | null> {
  const lock = await sql<{ settings: unknown; held: boolean; locked: boolean }>`
    select settings, ${mayHold(deploymentId, sql`settings ->> 'queue_order' is not distinct from 'fair'`)} as held, pg_try_advisory_xact_lock(${queueLock(deploymentId)}) as locked
    from deployment where id = ${deploymentId}`.execute(trx);
  const row = lock.rows[0];
  if (row === undefined || !row.locked || row.held) return null;
  const { settings } = readStoredSettings(row.settings);
  return settings.tagConcurrencyLimits.length === 0 ? settings : null;
}

/** The limits of a deployment with what has been set beside its settings. */
export async function readQueueRules(
  db: Db,
  deploymentId: string,
  settings: Omit<QueueSettings, "startTimeoutSeconds" | "workerLeaseSeconds">,
): Promise<QueueRules> {
  const result = await sql<{
    limits: Readonly<Record<string, number>>;
    held: Readonly<Record<string, number>>;
    next: Readonly<Record<string, Pick<RunInQueue, "priority" | "queuedAt">>>;
    paused: readonly string[];
  }>`
    select (select coalesce(jsonb_object_agg(name, slot_limit), '{}') from pool where deployment_id = ${deploymentId}) as limits,
      (select coalesce(jsonb_object_agg(pool, n), '{}') from (
        select s.pool, count(*) as n from pool_slot s join run_attempt a on a.run_id = s.run_id and a.attempt = s.attempt
        where s.deployment_id = ${deploymentId} and s.granted_at is not null and a.state in ('assigned', 'running') group by s.pool
      ) slots) as held,
      (select coalesce(jsonb_object_agg(pool, jsonb_build_object('priority', priority, 'queuedAt', queued_at)), '{}') from (
        select distinct on (s.pool) s.pool, s.priority, extract(epoch from r.created_at)::float8 * 1000 as queued_at
        from pool_slot s join run_attempt a on a.run_id = s.run_id and a.attempt = s.attempt join run r on r.id = s.run_id
        where s.deployment_id = ${deploymentId} and s.granted_at is null and ${isAlive} order by s.pool, ${inLine}
      ) line) as next,
      (select coalesce(jsonb_agg(name), '[]') from code_location
        where deployment_id = ${deploymentId} and runs_paused_at is not null and removed_at is null) as paused`.execute(
    db,
  );
  const row = result.rows[0];
  return {
    ...settings,
    poolLimits: new Map(Object.entries(row?.limits ?? {})),
    heldSlots: new Map(Object.entries(row?.held ?? {})),
    nextInLine: new Map(Object.entries(row?.next ?? {})),
    pausedLocations: new Set(row?.paused),
  };
}

/** An active run, and which one it is. */
export interface IdentifiedRun extends ActiveRun, Pick<RunInQueue, "id"> {}

/** The runs that hold a slot: those that are active, and those that have ended without their workers, as long as these last. */
export async function listActiveRuns(db: Db, deploymentId: string): Promise<IdentifiedRun[]> {
  const result = await sql<IdentifiedRun>`
    select id, tags, pools, location_name as "locationName", status = 'STARTING' as "isStarting" from run
    where deployment_id = ${deploymentId} and status in ('STARTING', 'STARTED', 'CANCELING') and waiting_until is null
    union all
    select r.id, r.tags, r.pools, r.location_name, false from ${outlivingAttempts(deploymentId)} a join run r on r.id = a.run_id`.execute(
    db,
  );
  return result.rows;
}

/** The names of what holds queued runs back, as they are stored with these. Costs a look-up for each name, not for each run. */
export async function listHoldNames(trx: Trx, deploymentId: string): Promise<string[]> {
  const next = (after: ReturnType<typeof sql>): ReturnType<typeof sql> => sql`(
    select held_by from run where deployment_id = ${deploymentId} and status = 'QUEUED' and ${after} order by held_by limit 1)`;
  const result = await sql<{ name: string }>`
    with recursive hold as (
      select ${next(sql`held_by is not null`)} as name
      union all
      select ${next(sql`held_by > hold.name`)} from hold where hold.name is not null
    ) select name from hold where name is not null`.execute(trx);
  return result.rows.map(({ name }) => name);
}

/** A queued run, and what it was held back by when the coordinator last looked at it. */
export interface QueuedRun extends Candidate {
  readonly heldBy: string | null;
}

/** The columns that candidates are made of, and how. */
export const candidateColumns = sql`id, location_name, priority, created_at, tags, pools, held_by`;
export const toCandidate = sql`id, location_name as "locationName", priority, extract(epoch from created_at)::float8 * 1000 as "queuedAt",
  tags, pools, held_by as "heldBy"`;

/**
 * The first runs of the queue among those that nothing has held back so far, those that the given names have, and those that go on.
 *
 * @param room how many runs may start at most: of one name, more need not be looked at.
 */
export async function listCandidates(
  trx: Trx,
  deploymentId: string,
  holdNames: readonly string[],
  room: number,
  limit: number,
): Promise<QueuedRun[]> {
  const queued = sql`deployment_id = ${deploymentId} and status = 'QUEUED'`;
  const order = sql`-priority, created_at, id`;
  const result = await sql<QueuedRun>`
    select ${toCandidate} from (
      (select ${candidateColumns} from run where ${queued} and held_by is null order by ${order} limit ${limit})
      union all
      (select ${candidateColumns} from run where deployment_id = ${deploymentId} and ${isDue} order by ${order} limit ${limit})
      union all
      select held.* from unnest(${holdNames}::text[]) as hold(name), lateral (
        select ${candidateColumns} from run where ${queued} and held_by = hold.name order by ${order} limit ${Math.min(room, limit)}) held
    ) candidate order by ${order} limit ${limit}`.execute(trx);
  return result.rows;
}

/** Notes what holds runs back, of those that nobody else has locked. Returns how many these were. */
export async function noteHolds(
  trx: Trx,
  deploymentId: string,
  holds: readonly { readonly id: string; readonly name: string }[],
): Promise<number> {
  if (holds.length === 0) return 0;
  const result = await sql`
    with held as (
      select r.id, h.name from unnest(${holds.map(({ id }) => id)}::uuid[], ${holds.map(({ name }) => name)}::text[]) as h(id, name)
      join run r on r.id = h.id where r.deployment_id = ${deploymentId} and r.status = 'QUEUED'
      for no key update of r skip locked
    )
    update run set held_by = held.name from held where run.id = held.id`.execute(trx);
  return Number(result.numAffectedRows ?? 0n);
}
