import { sql } from "kysely";
import type { DeploymentDaemon } from "../../daemons/daemon.ts";
import { endStuckCancellations, stoppingAttempts } from "./cancel-timeout.ts";
import { blockedRuns, endOverdueRuns, limitedRuns, stopHungWorkers } from "./run-timeout.ts";

/** Ends runs that take longer than they may, or to stop, and those whose workers hang. */
export const timeoutDaemon: DeploymentDaemon = {
  name: "timeouts",
  of: "deployment",
  wokenBy: () => [],
  dues: sql`
    select deployment_id, due from ${limitedRuns} limited
    union all
    select deployment_id, due from ${blockedRuns} blocked
    union all
    select deployment_id, due from ${stoppingAttempts} stopping`,
  intervalMs: 60_000,
  runsOn: "any",
  async tick({ db, logger }, deploymentId) {
    for (const runId of await endOverdueRuns(db, deploymentId))
      logger.warn({ runId }, "a run took longer than it may");
    for (const runId of await stopHungWorkers(db, deploymentId))
      logger.warn({ runId }, "the main thread of a run's worker was blocked for longer than it may");
    for (const stuck of await endStuckCancellations(db, deploymentId))
      logger.warn(stuck, "a run was canceled, and its worker has not stopped");
  },
};
