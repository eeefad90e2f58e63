import { inTransaction, keepPlans } from "../../database/in-transaction.ts";
import type { Db } from "../../database/connect.ts";
import { launchRun } from "./launch-run.ts";
import type { LaunchContext, LaunchRequest } from "./launch-runs.ts";
import type { Run } from "../run-store.ts";
import { startFirstQueued } from "../../run-queue/dequeue-runs.ts";

/**
 * Launches a run that somebody waits for: where a slot is free, it is queued and started in one transaction, and an agent hears
 * of it at once. The run is given back as it was queued.
 *
 * @throws what `launchRun` throws.
 */
export async function launchAndStart(
  db: Db,
  deploymentId: string,
  request: LaunchRequest,
  context: LaunchContext,
): Promise<Run> {
  return inTransaction(db, async (trx) => {
    await keepPlans(trx);
    const run = await launchRun(trx, deploymentId, request, context);
    await startFirstQueued(trx, deploymentId);
    return run;
  });
}
