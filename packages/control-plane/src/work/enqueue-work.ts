import { sql, type RawBuilder } from "kysely";
import type { Work } from "@millrace/model/runs/work-item";
import type { Db } from "../database/connect.ts";
import { notifyWork } from "../wake/notify-change.ts";

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

/**
 * The statement that leaves work for agents and wakes one that waits; returns the item's id, or nothing when the key was there
 * already. For `with` clauses of statements that do more at once.
 */
export function insertWork(input: WorkInput): RawBuilder<{ id: string }> {
  const { deploymentId, queue, key, work, token = null, priority = 0, withinSeconds } = input;
  return sql<{ id: string }>`
    insert into work_item (deployment_id, queue, kind, idempotency_key, payload, run_token, priority, deadline)
    values (${deploymentId}, ${queue}, ${work.kind}, ${key}, ${JSON.stringify(work)}, ${token}, ${priority},
      now() + make_interval(secs => ${withinSeconds}))
    on conflict (deployment_id, idempotency_key) do nothing
    returning id, ${notifyWork}`;
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
