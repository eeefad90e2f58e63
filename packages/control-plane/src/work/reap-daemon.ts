import { sql } from "kysely";
import { createAbsence } from "../daemons/absence.ts";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import type { Db } from "../database/connect.ts";
import type { CreateWorkEffects } from "./work-effects.ts";
import { reapWork, renewWorkLeases } from "./reap-work.ts";

const INTERVAL_MS = 5_000;

/** Takes care of work items that nobody is at. Time in which we were away does not count against the agents that had claimed them. */
export function createReapDaemon(createEffects: CreateWorkEffects): DeploymentDaemon {
  const absence = createAbsence(2 * INTERVAL_MS);
  return {
    name: "work",
    of: "deployment",
    wokenBy: () => [],
    intervalMs: INTERVAL_MS,
    runsOn: "any",
    async tick({ db, clock, ids }, deploymentId) {
      if (absence.wasAway(deploymentId, clock.monotonic())) await renewWorkLeases(db, deploymentId);
      const dueInMs = await findFirstDue(db, deploymentId);
      if (dueInMs !== null && dueInMs <= 0) await reapWork(db, createEffects({ clock, ids }), deploymentId);
      absence.wasHere(deploymentId, clock.monotonic());
      return dueInMs ?? INTERVAL_MS;
    },
  };
}

/** Milliseconds until the first lease or deadline of a deployment's items ends; null: there is none. */
async function findFirstDue(db: Db, deploymentId: string): Promise<number | null> {
  const result = await sql<{ ms: number | null }>`
    select extract(epoch from least(claimed.due, pending.due) - now())::float8 * 1000 as ms
    from (select min(lease_until) as due from work_item where deployment_id = ${deploymentId} and state = 'claimed') claimed,
      (select min(deadline) as due from work_item where deployment_id = ${deploymentId} and state = 'pending') pending`.execute(
    db,
  );
  return result.rows[0]?.ms ?? null;
}
