import { sql } from "kysely";
import type { ServerContext } from "../context/server-context.ts";
import type { DaemonRecord } from "./daemon-records.ts";

/** Writes down that a replica's daemons tick, how long that takes, and what ails them. */
export async function storeHeartbeats(
  { db, clock }: Pick<ServerContext, "db" | "clock">,
  replica: string,
  records: readonly DaemonRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map(({ duty, lastTickedMs, lastError, ...record }) => ({
    deployment_id: duty.deploymentId ?? "",
    daemon: duty.daemon.name,
    replica,
    last_tick_at: sql<Date>`now() - ${clock.monotonic() - lastTickedMs} * interval '1 millisecond'`,
    ticks: record.ticks,
    failures: record.failures,
    last_tick_ms: record.lastTickMs,
    longest_tick_ms: record.longestTickMs,
    last_error: lastError && JSON.stringify({ name: lastError.name, message: lastError.message }),
  }));
  await db
    .insertInto("daemon_heartbeat")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["deployment_id", "daemon", "replica"]).doUpdateSet((row) => ({
        last_tick_at: row.ref("excluded.last_tick_at"),
        ticks: row.ref("excluded.ticks"),
        failures: row.ref("excluded.failures"),
        last_tick_ms: row.ref("excluded.last_tick_ms"),
        longest_tick_ms: row.ref("excluded.longest_tick_ms"),
        last_error: row.ref("excluded.last_error"),
      })),
    )
    .execute();
}
