import type { DaemonContext } from "../daemons/daemon.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { terminateRun } from "../runs/ending/terminate-run.ts";
import { advanceBackfill } from "./advance-backfill.ts";
import { findBackfill, lockBackfill, updateBackfill, type Backfill } from "./backfill-store.ts";
import { listOpenRuns } from "./open-runs.ts";

/** Runs that are ended side by side: each is a transaction of its own. */
const SIDE_BY_SIDE = 8;

/** Ends the runs of a backfill that is to be canceled, those that wait first, and the backfill once none is left. */
export async function cancelRuns(
  context: DaemonContext,
  deploymentId: string,
  backfill: Backfill,
): Promise<void> {
  const { id } = backfill;
  for (;;) {
    const runs = await listOpenRuns(context.db, backfill);
    if (runs.length === 0) break;
    const open = runs.filter(({ status }) => status !== "CANCELING");
    // Each tells when its worker has stopped.
    if (open.length === 0) return;
    const next = open.values();
    await Promise.all(
      Array.from({ length: SIDE_BY_SIDE }, async () => {
        for (const run of next) await terminateRun(context.db, deploymentId, run.id);
      }),
    );
  }
  // What became of them counts before the end.
  for (let isBehind = true; isBehind;) {
    const current = await findBackfill(context.db, deploymentId, id);
    isBehind = current !== null && (await advanceBackfill(context, deploymentId, current));
  }
  await inTransaction(context.db, async (trx) => {
    await context.holdPlace(trx);
    const locked = await lockBackfill(trx, deploymentId, id);
    if (locked?.status === "CANCELING") await updateBackfill(trx, locked, { status: "CANCELED" });
  });
}
