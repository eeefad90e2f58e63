import type { Db } from "./connect.ts";

/** Runs `work` in a transaction: the caller's when `db` is one already, else one of its own that commits when `work` is done. */
export async function inTransaction<T>(db: Db, work: (trx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}
