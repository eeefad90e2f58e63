import { sql, type RawBuilder } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import { WORK_KINDS, type WorkKind } from "@millrace/model/runs/work-item";
import { backoffMs, type Backoff } from "@millrace/model/waiting/backoff";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { notifyWork } from "../wake/notify-change.ts";
import type { SettledItem, WorkEffect, WorkEffects, WorkLoss, WorkOf } from "./work-effects.ts";
import { toJson } from "./work-store.ts";

/** Pauses before a delivery that failed for a passing reason is tried again: 1, 2, 4, 8, then 15 seconds. */
const REDELIVERY: Backoff = { firstMs: 1_000, longestMs: 15_000 };

/** Seconds until an item is delivered again that was delivered so often, and failed each time for a passing reason. */
export function redeliveryDelaySeconds(deliveries: number): number {
  return backoffMs(REDELIVERY, deliveries) / 1_000;
}

/** An item, and the agent that says something about it. */
export interface HeldItem {
  readonly deploymentId: string;
  readonly agentId: string;
  readonly id: string;
}

/**
 * Settles an item that its agent has done, together with its effect. A result that can't be read is no result: the item is given
 * up. False when the agent does not hold it any more; true again, without an effect, when it had told so before.
 */
export async function completeWork(
  db: Db,
  effects: WorkEffects,
  held: HeldItem,
  result: unknown,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const [row] = await settle(trx, "done", null, isHeldBy(held));
    if (row === undefined) return isSettledBy(trx, held);
    if (!isWorkKind(row.kind)) return true;
    const effect = effectOf(effects, row.kind);
    const parsed = parseResult(effect, result);
    if (parsed.loss === null) {
      await effect.onDone(trx, toItem(row), parsed.result);
    } else {
      await sql`update work_item set state = 'failed', error = ${toJson(parsed.loss.error)}::jsonb where id = ${row.id}`.execute(
        trx,
      );
      await effect.onLost(trx, toItem(row), parsed.loss);
    }
    return true;
  });
}

/** Gives an item up that its agent can't do, together with the effect of that. False when the agent does not hold it. */
export async function failWork(
  db: Db,
  effects: WorkEffects,
  held: HeldItem,
  loss: WorkLoss,
): Promise<boolean> {
  return giveUp(db, effects, isHeldBy(held), { ...loss, byAgent: true });
}

/**
 * Gives up the item that a condition names, if it still does, together with the effect of that.
 *
 * @returns whether there was one.
 */
export async function giveUp(
  db: Db,
  effects: WorkEffects,
  which: RawBuilder<unknown>,
  loss: WorkLoss,
): Promise<boolean> {
  return inTransaction(db, async (trx) => {
    const [row] = await settle(trx, "failed", loss.error, which);
    if (row !== undefined && isWorkKind(row.kind)) {
      const effect = effectOf(effects, row.kind);
      await effect.onLost(trx, toItem(row), loss);
    }
    return row !== undefined;
  });
}

/** Puts an item back that its agent could not do just now; it comes again after a delay. False when the agent does not hold it. */
export async function retryWork(
  db: Db,
  effects: WorkEffects,
  held: HeldItem,
  error: unknown,
): Promise<boolean> {
  const item = await db
    .selectFrom("work_item")
    .select("deliveries")
    .where("deployment_id", "=", held.deploymentId)
    .where("id", "=", held.id)
    .executeTakeFirst();
  return inTransaction(db, async (trx) => {
    const result = await sql<SettledRow>`
      update work_item set state = 'pending', agent_id = null, lease_until = null, error = ${toJson(error)}::jsonb,
        available_at = now() + ${redeliveryDelaySeconds(item?.deliveries ?? 1)} * interval '1 second'
      where ${isHeldBy(held)}
      returning id, deployment_id, kind, payload, agent_id, ${notifyWork}`.execute(trx);
    const [row] = result.rows;
    if (row !== undefined && isWorkKind(row.kind))
      await effectOf(effects, row.kind).onPutBack?.(trx, toItem(row));
    return row !== undefined;
  });
}

/** An item as it was when it was settled. */
export interface SettledRow {
  readonly id: string;
  readonly deployment_id: string;
  readonly kind: string;
  readonly payload: unknown;
  readonly agent_id: string | null;
}

/** Settles the items that a condition names, without their effects. */
export async function settle(
  trx: Trx,
  state: "done" | "failed",
  error: unknown,
  which: RawBuilder<unknown>,
): Promise<SettledRow[]> {
  const result = await sql<SettledRow>`
    update work_item set state = ${state}, error = coalesce(${toJson(error)}::jsonb, error), finished_at = now(),
      lease_until = null, run_token = null
    where ${which}
    returning id, deployment_id, kind, payload, agent_id`.execute(trx);
  return result.rows;
}

function isHeldBy({ deploymentId, agentId, id }: HeldItem): RawBuilder<unknown> {
  return sql`deployment_id = ${deploymentId} and id = ${id}::uuid and agent_id = ${agentId} and state = 'claimed'`;
}

async function isSettledBy(trx: Trx, { deploymentId, agentId, id }: HeldItem): Promise<boolean> {
  const result = await sql`
    select from work_item where deployment_id = ${deploymentId} and id = ${id}::uuid and agent_id = ${agentId}
      and state in ('done', 'failed')`.execute(trx);
  return result.rows.length > 0;
}

function parseResult<K extends WorkKind>(
  effect: WorkEffect<K>,
  value: unknown,
):
  | { readonly result: ReturnType<WorkEffect<K>["parseResult"]>; readonly loss: null }
  | { readonly loss: WorkLoss } {
  try {
    return { result: effect.parseResult(value), loss: null };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    const message = `The agent's answer can't be read: ${error.message}`;
    return { loss: { message, error: { name: "UnreadableResult", message, stack: null, cause: null } } };
  }
}

/** A settled item of a kind that this version knows. */
export function toItem<K extends WorkKind>(row: SettledRow): SettledItem<K> {
  return {
    id: row.id,
    deploymentId: row.deployment_id,
    work: row.payload as WorkOf<K>,
    agentId: row.agent_id,
  };
}

/** What settling items of a kind does. */
export function effectOf<K extends WorkKind>(effects: WorkEffects, kind: K): WorkEffect<K> {
  return effects[kind];
}

/** Work of a newer version has effects that only it knows; settling it has none here. */
export function isWorkKind(kind: string): kind is WorkKind {
  return (WORK_KINDS as readonly string[]).includes(kind);
}
