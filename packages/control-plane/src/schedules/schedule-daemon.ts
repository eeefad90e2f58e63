import { topics } from "@millrace/model/topic";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { findFirstDue } from "../ticks/instigator-store.ts";
import { beginScheduleTicks } from "./begin-schedule-ticks.ts";

/** Ticks schedules: sleeps until the first one is due, or until one is switched, defined otherwise or free again. */
export const scheduleDaemon: DeploymentDaemon = {
  name: "schedules",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.dueTicks(deploymentId)],
  intervalMs: 30_000,
  runsOn: "any",
  async tick(context, deploymentId) {
    while (await beginScheduleTicks(context, deploymentId));
    return (await findFirstDue(context.db, deploymentId, "schedule")) ?? undefined;
  },
};
