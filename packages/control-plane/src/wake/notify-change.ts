import { sql } from "kysely";
import type { Db } from "../database/connect.ts";

/** The one channel of NOTIFY; what changed is in the payload. */
export const WAKE_CHANNEL = "millrace";

/**
 * Wakes everyone in every replica who waits for one of the topics: `runs`, `run:ID`, `logs:ID`, `assets`, `locations`, `agents`,
 * `work:QUEUE`, `work-item:ID`. Inside a transaction it fires at commit, so whoever wakes sees the change. It is a hint: whoever
 * wakes looks for itself, and one hint may stand for many changes.
 */
export async function notifyChange(db: Db, ...topics: readonly string[]): Promise<void> {
  if (topics.length === 0) return;
  await sql`select ${notifications(topics)}`.execute(db);
}

/** `pg_notify(…), …` for the select list or `returning` clause of a statement that makes the change: it saves a round trip. */
export function notifications(topics: readonly string[]): ReturnType<typeof sql> {
  return sql.join(topics.map((topic) => sql`pg_notify(${WAKE_CHANNEL}, ${topic})`));
}
