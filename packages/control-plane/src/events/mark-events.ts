import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { markUpTo, type EventMark } from "./event-mark.ts";
import { NEXT_TRANSACTION } from "./transaction-horizon.ts";

/** Marks the events of assets that are visible now as seen, see `markUpTo`. */
export async function markEvents(db: Db): Promise<EventMark> {
  const { rows } = await sql<{ id: number; next: number }>`
    select coalesce((select max(id) from asset_event), 0) as id, ${NEXT_TRANSACTION} as next`.execute(db);
  const { id = 0, next = 0 } = rows[0] ?? {};
  return markUpTo(id, next);
}
