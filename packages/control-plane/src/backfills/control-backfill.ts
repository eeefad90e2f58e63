import { ExpectedError } from "@millrace/model/expected-error";
import { UnknownDefinition } from "../api/unknown-definition.ts";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { isEnded, lockBackfill, updateBackfill, type Backfill } from "./backfill-store.ts";

/** What can only be done to a backfill that goes on, or only to one that has ended. */
export class BackfillNotInState extends ExpectedError {
  readonly code = "backfill_not_in_state";
}

/**
 * Holds a backfill, so that nothing more of it is launched while its runs go on, or lets it go on.
 *
 * @throws UnknownDefinition, BackfillNotInState
 */
export function setBackfillPaused(db: Db, deploymentId: string, id: string, paused: boolean): Promise<void> {
  return change(db, deploymentId, id, (trx, backfill) => updateBackfill(trx, backfill, { paused }));
}

/**
 * Asks for the end of a backfill: its runs are ended, then itself. Asking again is harmless.
 *
 * @throws UnknownDefinition, BackfillNotInState
 */
export function requestCancel(db: Db, deploymentId: string, id: string): Promise<void> {
  return change(db, deploymentId, id, (trx, backfill) =>
    updateBackfill(trx, backfill, { status: "CANCELING" }),
  );
}

function change(
  db: Db,
  deploymentId: string,
  id: string,
  work: (trx: Trx, backfill: Backfill) => Promise<void>,
): Promise<void> {
  return inTransaction(db, async (trx) => {
    const backfill = await lockBackfill(trx, deploymentId, id);
    if (backfill === null) throw new UnknownDefinition(`There is no backfill ${id}`);
    if (isEnded(backfill.status))
      throw new BackfillNotInState(`Backfill ${id} has ended: it is ${backfill.status}`);
    await work(trx, backfill);
  });
}
