import { sql } from "kysely";
import { createAbsence } from "../../daemons/absence.ts";
import type { DeploymentDaemon } from "../../daemons/daemon.ts";
import type { Db } from "../../database/connect.ts";
import { renewAttemptLeases } from "./attempt-store.ts";
import { failLostAttempts } from "./end-attempt.ts";

const INTERVAL_MS = 5_000;

/** Notices workers that gave no sign of life until their lease was over. Time in which we were away does not count against them. */
export function createLeaseDaemon(): DeploymentDaemon {
  const absence = createAbsence(2 * INTERVAL_MS);
  return {
    name: "leases",
    of: "deployment",
    wokenBy: () => [],
    intervalMs: INTERVAL_MS,
    runsOn: "any",
    async tick({ db, logger, clock }, deploymentId) {
      if (absence.wasAway(deploymentId, clock.monotonic())) await renewAttemptLeases(db, deploymentId);
      const dueInMs = await findFirstLeaseEnd(db, deploymentId);
      if (dueInMs !== null && dueInMs <= 0) {
        for (const lost of await failLostAttempts(db, deploymentId))
          logger.warn(lost, "a worker gave no sign of life until its lease was over");
      }
      absence.wasHere(deploymentId, clock.monotonic());
      return dueInMs ?? INTERVAL_MS;
    },
  };
}

/** Milliseconds until the first lease of a deployment's attempts ends; null: there is none. */
async function findFirstLeaseEnd(db: Db, deploymentId: string): Promise<number | null> {
  const result = await sql<{ ms: number | null }>`
    select extract(epoch from min(lease_until) - now())::float8 * 1000 as ms
    from run_attempt where deployment_id = ${deploymentId} and state in ('assigned', 'running')`.execute(db);
  return result.rows[0]?.ms ?? null;
}
