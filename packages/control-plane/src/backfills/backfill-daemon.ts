import { topics } from "@millrace/model/topic";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { forEachAlone } from "../daemons/for-each-alone.ts";
import { advanceBackfill } from "./advance-backfill.ts";
import { findBackfill, listOpenBackfills } from "./backfill-store.ts";
import { cancelRuns } from "./cancel-backfill.ts";

/** Carries backfills on: woken when one begins, is canceled or held, and when one of their runs has ended. */
export const backfillDaemon: DeploymentDaemon = {
  name: "backfills",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.backfills(deploymentId)],
  intervalMs: 60_000,
  runsOn: "one",
  async tick(context, deploymentId) {
    // Each does a little at a time, so that a large one keeps no other waiting.
    for (let open = await listOpenBackfills(context.db, deploymentId); open.length > 0;) {
      const unfinished: string[] = [];
      await forEachAlone(open, async (id) => {
        const backfill = await findBackfill(context.db, deploymentId, id);
        if (backfill === null || backfill.endedAt !== null) return;
        if (await advanceBackfill(context, deploymentId, backfill)) unfinished.push(id);
        else if (backfill.status === "CANCELING") await cancelRuns(context, deploymentId, backfill);
      });
      open = unfinished;
    }
  },
};
