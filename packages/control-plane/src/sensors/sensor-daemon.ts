import { topics } from "@millrace/model/topic";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { findFirstDue } from "../ticks/instigator-store.ts";
import { beginSensorTicks } from "./begin-sensor-ticks.ts";

/** Has sensors evaluated: sleeps until the first one is due, or until one is switched, defined otherwise or free again. */
export const sensorDaemon: DeploymentDaemon = {
  name: "sensors",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.dueTicks(deploymentId)],
  intervalMs: 30_000,
  runsOn: "any",
  async tick(context, deploymentId) {
    while (await beginSensorTicks(context, deploymentId));
    return (await findFirstDue(context.db, deploymentId, "sensor")) ?? undefined;
  },
};
