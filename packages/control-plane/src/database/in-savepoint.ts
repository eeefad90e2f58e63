import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import type { Trx } from "./connect.ts";

/**
 * Does a part of a transaction that counts as a whole or not at all: when it is refused, nothing of it is stored and the transaction
 * goes on. Rows that it locked stay locked.
 *
 * @returns the error with which it was refused; null: it was not.
 */
export async function inSavepoint(trx: Trx, work: () => Promise<void>): Promise<ExpectedError | null> {
  await sql`savepoint part`.execute(trx);
  try {
    await work();
    await sql`release savepoint part`.execute(trx);
    return null;
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    await sql`rollback to savepoint part`.execute(trx);
    return error;
  }
}
