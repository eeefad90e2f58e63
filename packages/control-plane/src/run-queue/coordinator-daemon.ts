import { topics } from "@millrace/model/topic";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { findQueueingDeployment } from "../deployments/deployment-store.ts";
import { dequeueRuns } from "./dequeue-runs.ts";

/** Starts queued runs as soon as the limits let it: woken by every change of a run's status. */
export const coordinatorDaemon: DeploymentDaemon = {
  name: "coordinator",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.runs(deploymentId)],
  intervalMs: 10_000,
  runsOn: "any",
  async tick({ db }, deploymentId) {
    const deployment = await findQueueingDeployment(db, deploymentId);
    if (deployment !== null) await dequeueRuns(db, deploymentId, deployment.settings);
  },
};
