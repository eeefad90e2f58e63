import { topics } from "@millrace/model/topic";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { syncInstigators } from "./sync-instigators.ts";

/** Knows which schedules and sensors there are: woken by every version of a code location that begins to serve. */
export const instigatorDaemon: DeploymentDaemon = {
  name: "instigators",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.locations(deploymentId)],
  intervalMs: 60_000,
  runsOn: "any",
  tick: ({ db }, deploymentId) => syncInstigators(db, deploymentId),
};
