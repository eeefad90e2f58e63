import { topics } from "@millrace/model/topic";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { findWaitingWork } from "../deployments/deployment-store.ts";
import { grantFreeSlots } from "../pools/claim-slot.ts";
import { dequeueRuns } from "./dequeue-runs.ts";

/** Starts queued runs, and gives free slots of pools to steps that wait, as soon as the limits let it: woken by every change of a run's status. */
export const coordinatorDaemon: DeploymentDaemon = {
  name: "coordinator",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.runs(deploymentId)],
  intervalMs: 10_000,
  runsOn: "any",
  async tick({ db }, deploymentId) {
    const waiting = await findWaitingWork(db, deploymentId);
    // Steps that are under way go before runs that would begin.
    if (waiting?.steps) await grantFreeSlots(db, deploymentId);
    if (waiting?.runs) await dequeueRuns(db, deploymentId, waiting.settings);
    return waiting?.nextInMs ?? undefined;
  },
};
