import { sql } from "kysely";
import type { InstallationDaemon } from "../daemons/daemon.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { dropOldEventPartitions, ensureEventPartitions } from "../database/event-partitions.ts";
import { isRetentionKnown, listDeployments } from "../deployments/deployment-store.ts";
import { deleteInBatches } from "./delete-in-batches.ts";

/** What belongs to no deployment and is deleted by age. */
const OLD_ROWS = [
  { table: "daemon_heartbeat", isOld: sql`last_tick_at < now() - interval '1 day'` },
  {
    table: "snapshot",
    isOld: sql`created_at < now() - interval '1 day' and not exists (select from location_version v where v.snapshot_digest = snapshot.digest)`,
  },
];

/** Prepares the tables that all deployments share for the weeks to come, and takes away what none of them wants any more. */
export const storageDaemon: InstallationDaemon = {
  name: "storage",
  of: "installation",
  intervalMs: 3_600_000,
  runsOn: "one",
  async tick(context) {
    const { db, logger } = context;
    await ensureEventPartitions(db);
    const deployments = await listDeployments(db);
    // A partition holds the events of every deployment, so the longest wish counts.
    const days = Math.max(...deployments.map(({ settings }) => settings.eventRetentionDays));
    if (deployments.every((each) => isRetentionKnown(each, "event_retention_days"))) {
      const dropped = await inTransaction(db, async (trx) => {
        await context.holdPlace(trx);
        return dropOldEventPartitions(trx, days);
      });
      if (dropped.length > 0) logger.info({ dropped }, `dropped events that are older than ${days} days`);
    }
    for (const { table, isOld } of OLD_ROWS) await deleteInBatches(context, table, isOld);
  },
};
