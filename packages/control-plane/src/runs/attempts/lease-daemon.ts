import { sql } from "kysely";
import type { DeploymentDaemon } from "../../daemons/daemon.ts";
import { renewAttemptLeases } from "./attempt-store.ts";
import { heardAt, UNREACHABLE_AFTER_SECONDS } from "../fold/lease.ts";
import { failLostAttempts } from "./end-attempt.ts";
import { markUnreachableWorkers } from "./mark-unreachable.ts";

/**
 * Notices workers that are silent: out of reach at first, lost when their lease is over. Time in which we were away does not count
 * against them.
 */
export const leaseDaemon: DeploymentDaemon = {
  name: "leases",
  of: "deployment",
  wokenBy: () => [],
  dues: sql`
    select a.deployment_id, case when a.state = 'running' and a.unreachable_since is null
      then least(a.lease_until, ${heardAt} + make_interval(secs => ${UNREACHABLE_AFTER_SECONDS})) else a.lease_until end as due
    from run_attempt a where a.state in ('assigned', 'running')`,
  intervalMs: 60_000,
  runsOn: "any",
  async tick({ db, logger, wasAway }, deploymentId) {
    if (wasAway) await renewAttemptLeases(db, deploymentId);
    for (const worker of await markUnreachableWorkers(db, deploymentId))
      logger.warn(worker, "a worker is out of reach");
    for (const lost of await failLostAttempts(db, deploymentId))
      logger.warn(lost, "a worker gave no sign of life until its lease was over");
  },
};
