import { topics } from "@millrace/model/topic";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { wakeWatchers } from "./wake-watchers.ts";

/** Has sensors that watch assets or runs look at what happens when it happens. */
export const watchDaemon: DeploymentDaemon = {
  name: "watchers",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.assets(deploymentId), topics.runs(deploymentId)],
  intervalMs: 60_000,
  runsOn: "any",
  tick: ({ db }, deploymentId) => wakeWatchers(db, deploymentId),
};
