import { sql, type RawBuilder } from "kysely";
import type { DaemonContext } from "../daemons/daemon.ts";
import { inTransaction } from "../database/in-transaction.ts";

/** Rows deleted by one statement, so that none holds its locks for long. */
const BATCH = 5_000;

/** Deletes old rows of a table that nobody is at just now, a batch in each transaction, as long as this replica has the daemon's place. */
export async function deleteInBatches(
  { db, holdPlace }: Pick<DaemonContext, "db" | "holdPlace">,
  table: string,
  isOld: RawBuilder<unknown>,
): Promise<void> {
  const rows = sql`select ctid from ${sql.table(table)} where ${isOld} limit ${BATCH} for update of ${sql.id(table)} skip locked`;
  for (;;) {
    const deleted = await inTransaction(db, async (trx) => {
      await holdPlace(trx);
      return sql`delete from ${sql.table(table)} where ctid = any(array(${rows}))`.execute(trx);
    });
    if ((deleted.numAffectedRows ?? 0n) < BigInt(BATCH)) return;
  }
}
