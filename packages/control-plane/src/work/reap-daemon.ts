import { sql } from "kysely";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import type { CreateWorkEffects } from "./work-effects.ts";
import { reapWork, renewWorkLeases } from "./reap-work.ts";

/** Takes care of work items that nobody is at. Time in which we were away does not count against the agents that had claimed them. */
export function createReapDaemon(createEffects: CreateWorkEffects): DeploymentDaemon {
  return {
    name: "work",
    of: "deployment",
    wokenBy: () => [],
    dues: sql`
      select deployment_id, min(lease_until) as due from work_item where state = 'claimed' group by deployment_id
      union all select deployment_id, min(deadline) from work_item where state = 'pending' group by deployment_id`,
    intervalMs: 60_000,
    runsOn: "any",
    async tick({ db, clock, ids, wasAway }, deploymentId) {
      if (wasAway) await renewWorkLeases(db, deploymentId);
      await reapWork(db, createEffects({ clock, ids }), deploymentId);
    },
  };
}
