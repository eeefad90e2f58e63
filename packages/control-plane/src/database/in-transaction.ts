import type { Db, Trx } from "./connect.ts";

/** Runs `work` in a transaction: the caller's when `db` is one already, else one of its own that commits when `work` is done. */
export async function inTransaction<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  return isTransaction(db) ? work(db) : db.transaction().execute(work);
}

function isTransaction(db: Db): db is Trx {
  return db.isTransaction;
}
