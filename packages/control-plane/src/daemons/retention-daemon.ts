import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { dropOldEventPartitions, ensureEventPartitions } from "../database/event-partitions.ts";
import { listDeployments } from "../deployments/deployment-store.ts";
import type { Daemon } from "./daemon.ts";

/** Rows deleted by one statement, so that none holds its locks for long. */
const BATCH = 5_000;

/** What is deleted by age, with the days it is kept where no setting says. */
const OLD_ROWS = [
  { table: "work_item", isOld: sql`finished_at < now() - interval '7 days'` },
  { table: "agent", isOld: sql`last_heartbeat_at < now() - interval '7 days'` },
  { table: "daemon_heartbeat", isOld: sql`last_tick_at < now() - interval '1 day'` },
  {
    table: "snapshot",
    isOld: sql`created_at < now() - interval '1 day' and not exists (select from location_version v where v.snapshot_digest = snapshot.digest)`,
  },
] as const;

/**
 * Prepares the tables for the weeks to come and deletes what is past its time: events and captured output after the deployment's
 * `event_retention_days`. Runs and the state of assets stay.
 */
export const retentionDaemon: Daemon = {
  name: "retention",
  topics: [],
  intervalMs: 3_600_000,
  async tick({ db, logger }) {
    await ensureEventPartitions(db);
    const deployments = await listDeployments(db);
    // A partition holds the events of every deployment, so the longest wish counts.
    const days = Math.max(...deployments.map(({ settings }) => settings.eventRetentionDays));
    const dropped = await dropOldEventPartitions(db, days);
    if (dropped.length > 0) logger.info({ dropped }, `dropped events that are older than ${days} days`);
    for (const { id, settings } of deployments) {
      const isOld = sql`deployment_id = ${id} and stored_at < now() - ${settings.eventRetentionDays} * interval '1 day'`;
      await deleteInBatches(db, "log_chunk", isOld);
    }
    for (const { table, isOld } of OLD_ROWS) await deleteInBatches(db, table, isOld);
  },
};

async function deleteInBatches(db: Db, table: string, isOld: ReturnType<typeof sql>): Promise<void> {
  for (;;) {
    const rows = sql`select ctid from ${sql.table(table)} where ${isOld} limit ${BATCH}`;
    const result = await sql`delete from ${sql.table(table)} where ctid = any(array(${rows}))`.execute(db);
    if ((result.numAffectedRows ?? 0n) < BigInt(BATCH)) return;
  }
}
