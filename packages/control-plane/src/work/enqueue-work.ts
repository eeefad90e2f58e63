import { sql, type RawBuilder } from "kysely";
import { agentQueue, type Work } from "@millrace/model/runs/work-item";
import type { Db } from "../database/connect.ts";
import { notifyWork } from "../wake/notify-change.ts";
import type { TakenClaim } from "../claims/claim-desk.ts";
import { standing, WORK_LEASE_MS } from "./work-store.ts";

/** A request to agents, to be left in a queue. */
export interface WorkInput {
  readonly deploymentId: string;
  /** Agents that serve this queue may take it. */
  readonly queue: string;
  /** Two items with one key are one item. */
  readonly key: string;
  readonly work: Work;
  /** What the code that the work asks for speaks with: the worker of a run, or a tick. It goes to the agent with the work and is kept apart from it. */
  readonly token?: string;
  /** Higher goes first. Default: 0. */
  readonly priority?: number;
  /** An item that nobody could do in this time, from now by the database's clock, fails by itself. */
  readonly withinSeconds: number;
}

/** What a statement of `insertWork` returns. */
export interface InsertedWork {
  readonly id: string;
  /** Whether it is its claim's already. */
  readonly claimed: boolean;
}

/**
 * The statement that leaves work for agents and wakes one that waits; returns the item's id, or nothing when the key was there
 * already. For `with` clauses of statements that do more at once.
 */
export function insertWork(input: WorkInput): RawBuilder<InsertedWork> {
  const { deploymentId, queue, key, work, token = null, priority = 0, withinSeconds } = input;
  return sql<InsertedWork>`
    insert into work_item (deployment_id, queue, kind, idempotency_key, payload, run_token, priority, deadline)
    values (${deploymentId}, ${queue}, ${work.kind}, ${key}, ${JSON.stringify(work)}, ${token}, ${priority},
      now() + make_interval(secs => ${withinSeconds}))
    on conflict (deployment_id, idempotency_key) do nothing
    returning id, false as claimed, ${notifyWork}`;
}

/**
 * The same for work that a claim is to have at once, as if `claimWork` had given it. It is left for others where the claim is good no
 * more. Where it begins for a worker that the claim offers, the item names this worker, and is its agent's alone.
 */
export function insertClaimedWork(input: WorkInput, { claim, offer }: TakenClaim): RawBuilder<InsertedWork> {
  const { deploymentId, queue, key, work, token = null, priority = 0, withinSeconds } = input;
  const own = offer === null ? { queue, work } : toStarted(work, claim.agentId, offer.workerId);
  return sql<InsertedWork>`
    insert into work_item (deployment_id, queue, kind, idempotency_key, payload, run_token, priority, deadline,
      state, agent_id, deliveries, lease_until)
    select ${deploymentId}, case when good then ${own.queue} else ${queue} end, ${work.kind}, ${key},
      case when good then ${JSON.stringify(own.work)}::jsonb else ${JSON.stringify(work)}::jsonb end, ${token}, ${priority}::integer,
      now() + make_interval(secs => ${withinSeconds}),
      case when good then 'claimed' else 'pending' end, case when good then ${claim.agentId} end, good::integer,
      case when good then now() + ${WORK_LEASE_MS} * interval '1 millisecond' end
    from (select true ${standing(claim)}) as claim (good)
    on conflict (deployment_id, idempotency_key) do nothing
    returning id, state = 'claimed' as claimed, case state when 'pending' then ${notifyWork} end`;
}

function toStarted(
  work: Work,
  agentId: string,
  workerId: string,
): { readonly queue: string; readonly work: Work } {
  return { queue: agentQueue(agentId), work: { ...work, startedFor: workerId } as Work };
}

/** Leaves much work of one deployment for agents at once, each item under an id of its own, and wakes those that wait. */
export async function enqueueWorkItems(
  db: Db,
  deploymentId: string,
  items: readonly (WorkInput & { readonly id: string })[],
): Promise<void> {
  if (items.length === 0) return;
  const rows = items.map(({ work, token = null, priority = 0, ...item }) => ({
    ...item,
    token,
    priority,
    kind: work.kind,
    payload: work,
  }));
  await sql`
    with item as (
      insert into work_item (id, deployment_id, queue, kind, idempotency_key, payload, run_token, priority, deadline)
      select id, ${deploymentId}, queue, kind, key, payload, token, priority, now() + make_interval(secs => "withinSeconds")
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as i (id uuid, queue text, kind text, key text, payload jsonb, token text,
        priority integer, "withinSeconds" float8)
      on conflict (deployment_id, idempotency_key) do nothing
      returning deployment_id, queue
    )
    select ${notifyWork} from (select distinct deployment_id, queue from item) queues`.execute(db);
}

/** Leaves work for agents and wakes one that waits. Returns the item's id, also when the key was there already. */
export async function enqueueWork(db: Db, input: WorkInput): Promise<string> {
  const result = await insertWork(input).execute(db);
  const inserted = result.rows[0];
  if (inserted) return inserted.id;
  const existing = await db
    .selectFrom("work_item")
    .select("id")
    .where("deployment_id", "=", input.deploymentId)
    .where("idempotency_key", "=", input.key)
    .executeTakeFirstOrThrow();
  return existing.id;
}
