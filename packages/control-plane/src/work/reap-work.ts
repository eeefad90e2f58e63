import { sql } from "kysely";
import { notifyWork } from "../wake/notify-change.ts";
import type { Db } from "../database/connect.ts";
import { agentQueue } from "@millrace/model/runs/work-item";
import { AGENT_UNREACHABLE_AFTER_MS } from "../agents/agent-store.ts";
import { forEachAlone } from "../daemons/for-each-alone.ts";
import { giveUp } from "./settle-work.ts";
import type { WorkEffects } from "./work-effects.ts";
import { WORK_LEASE_MS } from "./work-store.ts";

/** Deliveries after which an item that kills or silences every agent is given up. */
export const MAX_DELIVERIES = 5;

/**
 * Takes care of a deployment's items that nobody is at: those whose lease has ended are delivered again, up to five times; those nobody could
 * do until their deadline fail, and say why. Safe to run in several replicas at once.
 *
 * @throws what kept items from being settled, once all others are.
 */
export async function reapWork(db: Db, effects: WorkEffects, deploymentId: string): Promise<void> {
  await redeliver(db, deploymentId);
  await openToAllAgents(db, deploymentId);
  await forEachAlone(await listLostItems(db, deploymentId), async (item) => {
    const message = await explainLoss(db, item);
    const error = { name: "WorkLost", message, stack: null, cause: item.error ?? null };
    // Unless somebody has taken it since the list was made.
    await giveUp(db, effects, sql`id = ${item.id} and ${isLost}`, { message, error });
  });
}

/** No agent is at it, and none will be. */
const isLost = sql`((state = 'claimed' and lease_until < now() and deliveries >= ${MAX_DELIVERIES})
  or (state = 'pending' and deadline < now()))`;

/** Gives every claimed item of a deployment its whole lease again: for the time in which nobody could extend one. */
export async function renewWorkLeases(db: Db, deploymentId: string): Promise<void> {
  await sql`
    update work_item set lease_until = now() + ${WORK_LEASE_MS} * interval '1 millisecond' where deployment_id = ${deploymentId} and state = 'claimed'`.execute(
    db,
  );
}

async function redeliver(db: Db, deploymentId: string): Promise<void> {
  await sql`
    with lost as (
      select id from work_item where deployment_id = ${deploymentId} and state = 'claimed' and lease_until < now() and deliveries < ${MAX_DELIVERIES} for no key update skip locked
    )
    update work_item set state = 'pending', agent_id = null, lease_until = null, available_at = now()
    from lost where work_item.id = lost.id returning ${notifyWork}`.execute(db);
}

/**
 * Launches that were left for the one agent that has their run's values, which is not there any more, go to whoever serves the location.
 * Not those that began for a worker of this agent: nobody else knows whether it has had its run.
 */
async function openToAllAgents(db: Db, deploymentId: string): Promise<void> {
  await sql`
    with left_alone as (
      select w.id as item, l.queue as home from work_item w
      join code_location l on l.deployment_id = w.deployment_id and l.name = w.payload ->> 'locationName' and l.removed_at is null
      where w.deployment_id = ${deploymentId} and w.state = 'pending' and w.kind = 'launch_run'
        and w.queue like ${`${agentQueue("")}%`} and not w.payload ? 'startedFor'
        and not exists (select from agent a where a.deployment_id = w.deployment_id
          and ${agentQueue("")} || a.id = w.queue and a.stopped_at is null
          and a.last_heartbeat_at > now() - ${AGENT_UNREACHABLE_AFTER_MS} * interval '1 millisecond')
      for update of w skip locked
    )
    update work_item set queue = home from left_alone where work_item.id = item returning ${notifyWork}`.execute(
    db,
  );
}

interface LostItem {
  readonly id: string;
  readonly deployment_id: string;
  readonly queue: string;
  readonly state: string;
  readonly deliveries: number;
  readonly agent_id: string | null;
  readonly error: unknown;
  readonly created_at: Date;
}

async function listLostItems(db: Db, deploymentId: string): Promise<LostItem[]> {
  const result = await sql<LostItem>`
    select id, deployment_id, queue, state, deliveries, agent_id, error, created_at from work_item
    where deployment_id = ${deploymentId}
      and ${isLost} limit 100`.execute(db);
  return result.rows;
}

async function explainLoss(db: Db, item: LostItem): Promise<string> {
  if (item.state === "claimed")
    return `Given up after ${item.deliveries} deliveries: no agent finished it or said why; the last was ${item.agent_id ?? "unknown"}`;
  const reason = readMessage(item.error);
  if (reason !== null)
    return `Not done by its deadline after ${item.deliveries} deliveries; the last said: ${reason}`;
  const { seen } = await db
    .selectFrom("agent")
    .select((select) => select.fn.max("last_heartbeat_at").as("seen"))
    .where("deployment_id", "=", item.deployment_id)
    .where(sql<boolean>`${item.queue} = any(queues)`)
    .executeTakeFirstOrThrow();
  if (seen === null)
    return `No agent has ever served queue "${item.queue}": start one with \`millrace agent run --queue ${item.queue}\``;
  if (seen < item.created_at)
    return `No agent for queue "${item.queue}" has asked for work since ${seen.toISOString()}`;
  return `No agent for queue "${item.queue}" took it by its deadline, though one was there at ${seen.toISOString()}`;
}

function readMessage(error: unknown): string | null {
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : null;
  return typeof message === "string" ? message : null;
}
