import { sql, type RawBuilder } from "kysely";
import type { Topic } from "@millrace/model/topic";
import type { Db } from "../database/connect.ts";

/** The one channel of NOTIFY; the topic is the payload. */
export const WAKE_CHANNEL = "millrace";

/**
 * Wakes everyone in every replica who waits for one of the topics. Inside a transaction it fires at commit, so whoever wakes sees
 * the change. It is a hint: whoever wakes looks for itself, and one hint may stand for many changes.
 */
export async function notifyChange(db: Db, ...topics: readonly Topic[]): Promise<void> {
  if (topics.length === 0) return;
  await sql`select ${notifications(topics)}`.execute(db);
}

/** `pg_notify(…), …` for the select list or `returning` clause of a statement that makes the change: it saves a round trip. */
export function notifications(topics: readonly Topic[]): RawBuilder<unknown> {
  return sql.join(topics.map((topic) => sql`pg_notify(${WAKE_CHANNEL}, ${topic})`));
}

/** In a statement on work items: wakes the agents that wait for work of each one's queue. */
export const notifyWork = notifyOfRow("work", "queue");
/** In a statement on evaluations by hand, whose ids are those of their work items: wakes whoever waits for each one's outcome. */
export const notifyWorkItem = notifyOfRow("work-item", "id");
/** In a statement on log chunks: wakes whoever reads the output of each one's run. */
export const notifyLogs = notifyOfRow("logs", "run_id");

function notifyOfRow(kind: "work" | "work-item" | "logs", column: string): RawBuilder<unknown> {
  return sql`pg_notify(${WAKE_CHANNEL}, deployment_id || ${`/${kind}:`} || ${sql.ref(column)})`;
}
