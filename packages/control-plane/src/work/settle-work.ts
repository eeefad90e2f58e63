import { sql } from "kysely";
import type { Work } from "@millrace/model/runs/work-item";
import type { Db } from "../database/connect.ts";
import { markAttemptLaunched } from "../runs/attempts/attempt-store.ts";
import { failLaunch } from "../runs/attempts/end-attempt.ts";
import { notifyWork, notifyWorkItem } from "../wake/notify-change.ts";
import { toJson } from "./work-store.ts";

/** Seconds before a delivery that failed for a passing reason is tried again: 1, 2, 4, 8, then 15. */
export function retryDelaySeconds(deliveries: number): number {
  return Math.min(15, 2 ** Math.max(0, deliveries - 1));
}

/** Records the effect of an item. False when the agent does not hold it any more; true again when it had told so before. */
export async function completeWork(
  db: Db,
  deploymentId: string,
  agentId: string,
  itemId: string,
  result: unknown,
): Promise<boolean> {
  const outcome = await sql<{ payload: Work }>`
    update work_item set state = 'done', result = coalesce(result, ${toJson(result)}::jsonb),
      finished_at = coalesce(finished_at, now()), lease_until = null, payload = payload - 'runToken'
    where deployment_id = ${deploymentId} and id = ${itemId}::uuid and agent_id = ${agentId} and state in ('claimed', 'done')
    returning payload, ${notifyWorkItem}`.execute(db);
  const work = outcome.rows[0]?.payload;
  if (work?.kind === "launch_run") await markAttemptLaunched(db, work.runId, work.attempt, agentId);
  return work !== undefined;
}

/** Puts an item back that its agent could not do just now; it comes again after a delay. False when the agent does not hold it. */
export async function retryWork(
  db: Db,
  deploymentId: string,
  agentId: string,
  itemId: string,
  error: unknown,
): Promise<boolean> {
  const item = await db
    .selectFrom("work_item")
    .select("deliveries")
    .where("deployment_id", "=", deploymentId)
    .where("id", "=", itemId)
    .executeTakeFirst();
  const result = await sql`
    update work_item set state = 'pending', agent_id = null, lease_until = null, error = ${toJson(error)}::jsonb,
      available_at = now() + ${retryDelaySeconds(item?.deliveries ?? 1)} * interval '1 second'
    where deployment_id = ${deploymentId} and id = ${itemId}::uuid and agent_id = ${agentId} and state = 'claimed'
    returning ${notifyWork}`.execute(db);
  return result.rows.length > 0;
}

/** An item that will not be delivered again. */
export interface LostWork {
  readonly id: string;
  readonly deploymentId: string;
  readonly work: Work;
}

/**
 * Gives an item up for good, `message` saying why in one sentence, and tells what it was for: the run of a launch fails.
 * Safe to repeat; what it was for comes first, so that a crash between the two leaves nothing waiting for ever.
 */
export async function failWork(db: Db, item: LostWork, message: string, error: unknown): Promise<void> {
  switch (item.work.kind) {
    case "launch_run":
      await failLaunch(db, item.work.runId, item.work.attempt, message);
      break;
    case "terminate_run": // The monitor ends a run whose worker has gone.
    case "evaluate_schedule":
    case "evaluate_sensor": // Whoever asked reads the item.
      break;
  }
  await sql`
    update work_item set state = 'failed', error = ${toJson(error)}::jsonb, finished_at = now(), lease_until = null,
      payload = payload - 'runToken'
    where id = ${item.id}::uuid and state in ('pending', 'claimed')
    returning ${notifyWorkItem}`.execute(db);
}

/** The item, when the agent holds it. */
export async function findHeldWork(
  db: Db,
  deploymentId: string,
  agentId: string,
  itemId: string,
): Promise<LostWork | null> {
  const row = await db
    .selectFrom("work_item")
    .select("payload")
    .where("deployment_id", "=", deploymentId)
    .where("id", "=", itemId)
    .where("agent_id", "=", agentId)
    .where("state", "=", "claimed")
    .executeTakeFirst();
  return row ? { id: itemId, deploymentId, work: row.payload as Work } : null;
}
