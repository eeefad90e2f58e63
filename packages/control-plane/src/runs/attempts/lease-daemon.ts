import { sql } from "kysely";
import { createAbsence } from "../../daemons/absence.ts";
import type { DeploymentDaemon } from "../../daemons/daemon.ts";
import type { Db } from "../../database/connect.ts";
import { renewAttemptLeases } from "./attempt-store.ts";
import { heardAt, UNREACHABLE_AFTER_SECONDS } from "../fold/lease.ts";
import { failLostAttempts } from "./end-attempt.ts";
import { markUnreachableWorkers } from "./mark-unreachable.ts";

const INTERVAL_MS = 5_000;

/**
 * Notices workers that are silent: out of reach at first, lost when their lease is over. Time in which we were away does not count
 * against them.
 */
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
      const dueInMs = await findFirstSilence(db, deploymentId);
      if (dueInMs !== null && dueInMs <= 0) {
        for (const worker of await markUnreachableWorkers(db, deploymentId))
          logger.warn(worker, "a worker is out of reach");
        for (const lost of await failLostAttempts(db, deploymentId))
          logger.warn(lost, "a worker gave no sign of life until its lease was over");
      }
      absence.wasHere(deploymentId, clock.monotonic());
      return dueInMs ?? INTERVAL_MS;
    },
  };
}

/** Milliseconds until the first worker of a deployment is out of reach or lost if it stays silent; null: there is none. */
async function findFirstSilence(db: Db, deploymentId: string): Promise<number | null> {
  const result = await sql<{ ms: number | null }>`
    select extract(epoch from min(case when a.state = 'running' and a.unreachable_since is null
        then least(a.lease_until, ${heardAt} + make_interval(secs => ${UNREACHABLE_AFTER_SECONDS})) else a.lease_until end)
      - now())::float8 * 1000 as ms
    from run_attempt a where a.deployment_id = ${deploymentId} and a.state in ('assigned', 'running')`.execute(
    db,
  );
  return result.rows[0]?.ms ?? null;
}
