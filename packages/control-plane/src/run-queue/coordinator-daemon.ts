import { topics } from "@millrace/model/topic";
import { listDeployments } from "../deployments/deployment-store.ts";
import { dequeueRuns } from "./dequeue-runs.ts";
import type { Daemon } from "../daemons/daemon.ts";

/** Starts queued runs as soon as the limits let it: woken by every change of a run's status. */
export const coordinatorDaemon: Daemon = {
  name: "coordinator",
  topics: [topics.runs("default")],
  intervalMs: 10_000,
  async tick({ db }) {
    for (const { id, settings } of await listDeployments(db, { queuedOnly: true }))
      await dequeueRuns(db, id, settings);
  },
};
