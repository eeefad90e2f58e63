import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** What the transaction takes for now, or, outside of one, the database, in milliseconds since the epoch. */
export async function readNow(db: Db): Promise<number> {
  const { rows } = await sql<{ now: number }>`select extract(epoch from now())::float8 * 1000 as now`.execute(
    db,
  );
  return rows[0]?.now ?? 0;
}
