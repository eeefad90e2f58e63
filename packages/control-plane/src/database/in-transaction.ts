import { sql } from "kysely";
import type { Db, Trx } from "./connect.ts";

/** Runs `work` in a transaction: the caller's when `db` is one already, else one of its own that commits when `work` is done. */
export async function inTransaction<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  return isTransaction(db) ? work(db) : db.transaction().execute(work);
}

/**
 * Lets the statements of a transaction be planned once per connection: by itself PostgreSQL plans each for its values until it has
 * done so five times on a connection, which takes longer than executing it. For transactions that somebody waits for, whose
 * statements need the same plan whatever their values are.
 */
export async function keepPlans(trx: Trx): Promise<void> {
  await sql`set local plan_cache_mode = force_generic_plan`.execute(trx);
}

function isTransaction(db: Db): db is Trx {
  return db.isTransaction;
}
