import { sql } from "kysely";
import type { EvaluateScheduleWork, EvaluateSensorWork, TickResult } from "@millrace/model/runs/work-item";
import type { Db, Trx } from "../database/connect.ts";
import { notifyWorkItem } from "../wake/notify-change.ts";
import type { ServerContext } from "../context/server-context.ts";
import { createTickToken } from "./tick-token.ts";
import { insertWork } from "../work/enqueue-work.ts";
import { toJson } from "../work/work-store.ts";

/** Somebody waits for the outcome on a page: longer than this nobody does. */
const WITHIN_SECONDS = 120;

export const TICK_EVALUATION_STATES = ["pending", "done", "failed"] as const;
export type TickEvaluationState = (typeof TICK_EVALUATION_STATES)[number];

/** An evaluation of a schedule or sensor that somebody asked for by hand: nothing is launched. */
export interface TickEvaluation {
  /** Also that of the work item that asks an agent for it. */
  readonly id: string;
  readonly state: TickEvaluationState;
  readonly result: TickResult | null;
  /** An ErrorInfo. */
  readonly error: unknown;
  /** How far a sensor that watches has seen once this evaluation has succeeded; null for others. */
  readonly eventCursor: string | null;
}

/** Asks the agents of a queue for an evaluation, whose code may see the deployment until it is settled. */
export async function requestTickEvaluation(
  { db, ids }: Pick<ServerContext, "db" | "ids">,
  deploymentId: string,
  queue: string,
  key: string,
  work: EvaluateScheduleWork | EvaluateSensorWork,
): Promise<TickEvaluation> {
  const eventCursor = work.kind === "evaluate_sensor" ? work.eventCursor : null;
  const item = insertWork({
    deploymentId,
    queue,
    key,
    work,
    token: createTickToken(ids),
    withinSeconds: WITHIN_SECONDS,
  });
  const { rows } = await sql<{ id: string }>`
    with item as (${item})
    insert into tick_evaluation (id, deployment_id, event_cursor) select id, ${deploymentId}, ${eventCursor} from item
    returning id`.execute(db);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`Somebody has asked for an evaluation with key ${key} before`);
  return { id, state: "pending", result: null, error: null, eventCursor };
}

/** Null when there is no such evaluation (any more). */
export async function findTickEvaluation(
  db: Db,
  deploymentId: string,
  id: string,
): Promise<TickEvaluation | null> {
  const row = await db
    .selectFrom("tick_evaluation")
    .select(["id", "state", "result", "error", "event_cursor"])
    .where("deployment_id", "=", deploymentId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    id: row.id,
    state: TICK_EVALUATION_STATES.find((state) => state === row.state) ?? "pending",
    result: row.result as TickResult | null,
    error: row.error,
    eventCursor: row.event_cursor,
  };
}

/** Stores how an evaluation has gone. One of a tick that nobody asked for by hand is none of these: nothing happens. */
export async function finishTickEvaluation(
  trx: Trx,
  id: string,
  outcome: { readonly result: TickResult } | { readonly error: unknown },
): Promise<void> {
  const [state, result, error] =
    "result" in outcome ? ["done", outcome.result, null] : ["failed", null, outcome.error];
  await sql`
    update tick_evaluation set state = ${state}, result = ${toJson(result)}::jsonb, error = ${toJson(error)}::jsonb,
      finished_at = now()
    where id = ${id}
    returning ${notifyWorkItem}`.execute(trx);
}
