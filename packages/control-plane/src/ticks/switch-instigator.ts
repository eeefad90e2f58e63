import { topics } from "@millrace/model/topic";
import { UnknownDefinition } from "../api/unknown-definition.ts";
import type { Db } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { readNow } from "../database/read-now.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { holdInstigator, storeSwitch, type InstigatorSelector } from "./instigator-store.ts";
import { timesOf, type SwitchedTo } from "./plan-instigators.ts";
import { syncInstigators } from "./sync-instigators.ts";

/**
 * Switches a schedule or sensor by hand. One that begins to tick begins now; what fell due while it was stopped is never made up for.
 *
 * @param switched null: as its definition says.
 * @throws UnknownDefinition when no code location that serves now defines it.
 */
export async function switchInstigator(
  db: Db,
  selector: InstigatorSelector,
  switched: SwitchedTo | null,
): Promise<void> {
  const { deploymentId, locationName, kind, name } = selector;
  await syncInstigators(db, deploymentId);
  await inTransaction(db, async (trx) => {
    const known = await holdInstigator(trx, selector);
    if (known === null || known.rule === null)
      throw new UnknownDefinition(`There is no ${kind} "${name}" in code location "${locationName}"`);
    const { rule, problem, runningByDefault } = known;
    const before = { ...known, switched };
    await storeSwitch(
      trx,
      known.id,
      switched,
      timesOf(before, { rule, problem, runningByDefault }, await readNow(trx)),
    );
    await notifyChange(trx, topics.ticks(deploymentId), topics.dueTicks(deploymentId));
  });
}
