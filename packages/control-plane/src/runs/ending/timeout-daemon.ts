import { sql } from "kysely";
import type { DeploymentDaemon } from "../../daemons/daemon.ts";
import type { Db } from "../../database/connect.ts";
import { endOverdueRuns, limitedRuns } from "./run-timeout.ts";

const INTERVAL_MS = 5_000;

/** Ends runs that take longer than they may. */
export const timeoutDaemon: DeploymentDaemon = {
  name: "timeouts",
  of: "deployment",
  wokenBy: () => [],
  intervalMs: INTERVAL_MS,
  runsOn: "any",
  async tick({ db, logger }, deploymentId) {
    const dueInMs = await findFirstTimeout(db, deploymentId);
    if (dueInMs !== null && dueInMs <= 0) {
      for (const runId of await endOverdueRuns(db, deploymentId))
        logger.warn({ runId }, "a run took longer than it may");
    }
    return dueInMs ?? INTERVAL_MS;
  },
};

/** Milliseconds until the time of a deployment's first run that has a limit is over; null: none has. */
async function findFirstTimeout(db: Db, deploymentId: string): Promise<number | null> {
  const result = await sql<{ ms: number | null }>`
    select extract(epoch from min(due) - now())::float8 * 1000 as ms from ${limitedRuns(deploymentId)} limited`.execute(
    db,
  );
  return result.rows[0]?.ms ?? null;
}
