import { agentQueue, type WorkKind } from "@millrace/model/runs/work-item";
import { notifyWork } from "../wake/notify-change.ts";
import type { ClaimedWork, ClaimInput } from "../claims/claim.ts";
import { sql, type RawBuilder } from "kysely";
import type { Db, Trx } from "../database/connect.ts";

/** How long a claimed item stays with its agent unless it is extended. */
export const WORK_LEASE_MS = 15_000;

/** An item and what became of it. */
export interface WorkItem {
  readonly id: string;
  readonly kind: string;
  readonly state: "pending" | "claimed" | "done" | "failed";
  /** See @millrace/model/work-item. */
  readonly payload: unknown;
  readonly error: unknown;
}

/** Null when there is no such item (any more). */
export async function findWorkItem(db: Db, deploymentId: string, id: string): Promise<WorkItem | null> {
  const row = await db
    .selectFrom("work_item")
    .select(["id", "kind", "state", "payload", "error"])
    .where("deployment_id", "=", deploymentId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row ? { ...row, state: row.state as WorkItem["state"] } : null;
}

/** A commit that need not be on disk when it is answered: losing it in a crash of the database only delivers again. */
const relaxedCommit = sql`set_config('synchronous_commit', 'off', true)`;

/**
 * Hands up to `max` items to an agent, the most urgent first, and up to `maxTicks` where the first ones are all ticks. Two agents that
 * ask at once never get the same item; an item comes again when its lease has ended.
 */
export async function claimWork(db: Db, input: ClaimInput): Promise<ClaimedWork[]> {
  const { max, maxTicks = max } = input;
  const items = await claimItems(db, input, sql`true`);
  if (items.length < max || items.length >= maxTicks || !items.every(({ kind }) => TICK_KINDS.includes(kind)))
    return items;
  const more = { ...input, max: maxTicks - items.length };
  return [...items, ...(await claimItems(db, more, sql`kind = any(${TICK_KINDS})`))];
}

const TICK_KINDS: readonly string[] = ["evaluate_schedule", "evaluate_sensor"] satisfies WorkKind[];

async function claimItems(db: Db, input: ClaimInput, which: RawBuilder<unknown>): Promise<ClaimedWork[]> {
  // The CTE matters: the planner may evaluate a bare `in (… limit … skip locked)` again and take too many.
  const result = await sql<ClaimedWork & { position: number }>`
    with next as materialized (
      select id, row_number() over (order by priority desc, created_at, id) as position from (
        -- Queue by queue, so that the index has the order: much that waits costs no more than what is taken.
        select locked.* from unnest(${input.queues}::text[]) as served (queue) cross join lateral (
          select id, priority, created_at from work_item
          where deployment_id = ${input.deploymentId} and queue = served.queue and state = 'pending'
            and available_at <= now() and deadline > now() and ${which} ${standing(input)}
          order by priority desc, created_at, id limit ${input.max} for no key update skip locked
        ) as locked
        order by priority desc, created_at, id limit ${input.max}
      ) as first
    )
    update work_item set state = 'claimed', agent_id = ${input.agentId}, deliveries = deliveries + 1,
      lease_until = now() + ${WORK_LEASE_MS} * interval '1 millisecond'
    from next where work_item.id = next.id
    returning work_item.id, kind, payload || case when run_token is null then '{}'
      else jsonb_build_object(case kind when 'launch_run' then 'runToken' else 'tickToken' end, run_token) end as payload, deliveries, next.position, ${relaxedCommit}`.execute(
    db,
  );
  return result.rows
    .sort((one, other) => one.position - other.position)
    .map(({ id, kind, payload, deliveries }) => ({ id, kind, payload, deliveries }));
}

/** Asked in the statement that claims: a request may have been held since its token was good, or its agent took work. */
export function standing({ deploymentId, agentId, tokenId, queues }: ClaimInput): RawBuilder<unknown> {
  if (tokenId === undefined) return sql``;
  const isOwn = queues.every((queue) => queue === agentQueue(agentId));
  return sql`and exists (
    select from agent a join agent_token t on t.id = a.token_id
    where a.deployment_id = ${deploymentId} and a.id = ${agentId} and t.id = ${tokenId}::uuid and t.revoked_at is null
      and (a.drained_at is null or ${isOwn}))`;
}

/**
 * Milliseconds until the first item of these queues that waits out a delay; null when none does. Below 0 for one whose delay
 * was over within the last second: whoever has just claimed nothing may have done so a moment too early.
 */
export async function findNextAvailableMs(
  db: Db,
  deploymentId: string,
  queues: readonly string[],
): Promise<number | null> {
  const result = await sql<{ ms: number | null }>`
    select extract(epoch from min(available_at) - now())::float8 * 1000 as ms from work_item
    where deployment_id = ${deploymentId} and queue = any(${queues}) and state = 'pending'
      and available_at > now() - interval '1 second' and deadline > now()`.execute(db);
  return result.rows[0]?.ms ?? null;
}

/** More time for items that the agent holds; returns the ids it still holds. */
export async function extendLeases(
  db: Db,
  deploymentId: string,
  agentId: string,
  itemIds: readonly string[],
): Promise<string[]> {
  // In the order of their ids, as whoever settles many: nobody waits in a circle.
  const result = await sql<{ id: string }>`
    with held as materialized (
      select id from work_item
      where deployment_id = ${deploymentId} and id = any(${itemIds}::uuid[]) and agent_id = ${agentId} and state = 'claimed'
      order by id for no key update
    )
    update work_item set lease_until = now() + ${WORK_LEASE_MS} * interval '1 millisecond' from held where work_item.id = held.id
    returning work_item.id, ${relaxedCommit}`.execute(db);
  return result.rows.map(({ id }) => id);
}

/** The queue of an item that any agent may have: of a launch that began for a worker of one agent, that of its location. */
const openQueue = sql`coalesce((select l.queue from code_location l where work_item.payload ? 'startedFor'
  and l.deployment_id = work_item.deployment_id and l.name = work_item.payload ->> 'locationName' and l.removed_at is null), work_item.queue)`;

/** Lets whoever serves its location have a launch that was for one agent alone, since it began for a worker of this agent. */
export async function openToAll(trx: Trx, itemId: string): Promise<void> {
  await sql`update work_item set queue = ${openQueue} where id = ${itemId} returning ${notifyWork}`.execute(
    trx,
  );
}

/** Puts items back for others, such as those whose answer never reached the agent; the delivery does not count. */
export async function releaseWork(
  db: Db,
  deploymentId: string,
  agentId: string,
  itemIds: readonly string[],
): Promise<void> {
  await sql`
    update work_item set state = 'pending', agent_id = null, lease_until = null, deliveries = deliveries - 1, queue = ${openQueue}
    where deployment_id = ${deploymentId} and id = any(${itemIds}::uuid[]) and agent_id = ${agentId} and state = 'claimed'
    returning ${notifyWork}`.execute(db);
}

/** Text for a jsonb parameter: SQL null for nothing. */
export function toJson(value: unknown): string | null {
  return value == null ? null : JSON.stringify(value);
}
