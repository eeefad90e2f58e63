import { inTransaction, keepPlans } from "../../database/in-transaction.ts";
import type { Db } from "../../database/connect.ts";
import { launchRun } from "./launch-run.ts";
import type { LaunchContext, LaunchRequest } from "./launch-runs.ts";
import type { Run } from "../run-store.ts";
import { startFirstQueued } from "../../run-queue/dequeue-runs.ts";
import type { ServerContext } from "../../context/server-context.ts";
import { releaseWork } from "../../work/work-store.ts";

/**
 * Launches a run that somebody waits for: where a slot is free, it is queued and started in one transaction, and an agent hears
 * of it at once: one that waits for work in this replica is given the launch without asking the database again. The run is given back
 * as it was queued.
 *
 * @param db no transaction: what is launched counts when this resolves.
 * @throws what `launchRun` throws.
 */
export async function launchAndStart(
  db: Db,
  deploymentId: string,
  request: LaunchRequest,
  context: LaunchContext & Pick<ServerContext, "claims">,
): Promise<Run> {
  using handOver = context.claims.handOver();
  const launched = await inTransaction(db, async (trx) => {
    await keepPlans(trx);
    const run = await launchRun(trx, deploymentId, request, context);
    await startFirstQueued(trx, deploymentId, handOver);
    return run;
  });
  for (const { claim, item } of handOver.give())
    await releaseWork(db, deploymentId, claim.agentId, [item.id]);
  return launched;
}
