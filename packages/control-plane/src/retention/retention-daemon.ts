import { sql } from "kysely";
import type { DeploymentDaemon } from "../daemons/daemon.ts";
import { getDeployment, isRetentionKnown } from "../deployments/deployment-store.ts";
import { deleteInBatches } from "./delete-in-batches.ts";

/** What is deleted by age, whatever the deployment's settings. */
const OLD_ROWS = [
  { table: "work_item", isOld: sql`finished_at < now() - interval '7 days'` },
  { table: "tick_evaluation", isOld: sql`created_at < now() - interval '7 days'` },
  { table: "agent", isOld: sql`last_heartbeat_at < now() - interval '7 days'` },
];

/** Deletes what is past its time: captured output and the feed of changes after the deployment's `event_retention_days`. Runs and the state of assets stay. */
export const retentionDaemon: DeploymentDaemon = {
  name: "retention",
  of: "deployment",
  wokenBy: () => [],
  intervalMs: 3_600_000,
  runsOn: "one",
  async tick(context, deploymentId) {
    const deployment = await getDeployment(context.db, deploymentId);
    const own = sql`deployment_id = ${deploymentId}`;
    if (isRetentionKnown(deployment)) {
      const past = sql`now() - ${deployment.settings.eventRetentionDays} * interval '1 day'`;
      await deleteInBatches(context, "log_chunk", sql`${own} and stored_at < ${past}`);
      await deleteInBatches(context, "run_change", sql`${own} and changed_at < ${past}`);
    }
    for (const { table, isOld } of OLD_ROWS) await deleteInBatches(context, table, sql`${own} and ${isOld}`);
  },
};
