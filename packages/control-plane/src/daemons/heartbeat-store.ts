import { sql } from "kysely";
import type { ErrorInfo } from "@millrace/model/run-event";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import type { Db } from "../database/connect.ts";
import type { ServerContext } from "../context/server-context.ts";
import type { DaemonRecord } from "./daemon-records.ts";

/** Writes down that a replica's daemons tick, how long that takes, and what ails them. */
export async function storeHeartbeats(
  { db, clock }: Pick<ServerContext, "db" | "clock">,
  replica: string,
  records: readonly DaemonRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const instantOf = (ms: number) => sql<Date>`now() - ${clock.monotonic() - ms} * interval '1 millisecond'`;
  const rows = records.map(({ duty, lastTickedMs, lastError, ...record }) => ({
    deployment_id: duty.deploymentId ?? "",
    daemon: duty.daemon.name,
    replica,
    told_at: sql<Date>`now()`,
    last_tick_at: instantOf(lastTickedMs),
    ticks: record.ticks,
    failures: record.failures,
    last_tick_ms: record.lastTickMs,
    longest_tick_ms: record.longestTickMs,
    last_lateness_ms: record.lastLatenessMs,
    longest_lateness_ms: record.longestLatenessMs,
    is_failing: record.isFailing,
    last_error: lastError && JSON.stringify(withoutFields(toErrorInfo(lastError.error))),
    last_error_at: lastError && instantOf(lastError.atMs),
  }));
  await db
    .insertInto("daemon_heartbeat")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["deployment_id", "daemon", "replica"]).doUpdateSet((row) => ({
        told_at: row.ref("excluded.told_at"),
        last_tick_at: row.ref("excluded.last_tick_at"),
        ticks: row.ref("excluded.ticks"),
        failures: row.ref("excluded.failures"),
        last_tick_ms: row.ref("excluded.last_tick_ms"),
        longest_tick_ms: row.ref("excluded.longest_tick_ms"),
        last_lateness_ms: row.ref("excluded.last_lateness_ms"),
        longest_lateness_ms: row.ref("excluded.longest_lateness_ms"),
        is_failing: row.ref("excluded.is_failing"),
        last_error: row.ref("excluded.last_error"),
        last_error_at: row.ref("excluded.last_error_at"),
      })),
    )
    .execute();
}

/** Those of a database's error tell where in PostgreSQL's own source it arose. */
function withoutFields({ fields: _fields, ...error }: ErrorInfo): ErrorInfo {
  return error;
}

/** A daemon at its place in one replica, as the replica last told of it. */
export interface ShownDaemon {
  readonly name: string;
  readonly replica: string;
  /** Whether it works for all deployments at once. */
  readonly isShared: boolean;
  /** Whether its replica is the one that has its place; null: each replica may run it. */
  readonly hasPlace: boolean | null;
  readonly state: DaemonState;
  readonly lastTickAt: Date;
  readonly lastTickMs: number;
  readonly longestTickMs: number;
  readonly lastLatenessMs: number;
  readonly longestLatenessMs: number;
  readonly ticks: number;
  readonly failures: number;
  /** An ErrorInfo. */
  readonly lastError: unknown;
  readonly lastErrorAt: Date | null;
}

/** `gone`: its replica has not told of it for some time. */
export const DAEMON_STATES = ["working", "failing", "gone"] as const;
export type DaemonState = (typeof DAEMON_STATES)[number];

/** The daemons that look after a deployment, by their names; those of replicas that are gone for a day are forgotten. */
export async function listShownDaemons(db: Db, deploymentId: string): Promise<ShownDaemon[]> {
  const { rows } = await sql<ShownDaemon>`
    select h.daemon as name, h.replica, h.deployment_id = '' as "isShared", l.replica = h.replica as "hasPlace",
      case when h.told_at < now() - make_interval(secs => ${GONE_AFTER_SECONDS}) then 'gone' when h.is_failing then 'failing' else 'working' end as state,
      h.last_tick_at as "lastTickAt", h.last_tick_ms as "lastTickMs", h.longest_tick_ms as "longestTickMs",
      h.last_lateness_ms as "lastLatenessMs", h.longest_lateness_ms as "longestLatenessMs", h.ticks, h.failures,
      h.last_error as "lastError", h.last_error_at as "lastErrorAt"
    from daemon_heartbeat h left join daemon_lease l on l.deployment_id = h.deployment_id and l.daemon = h.daemon and l.lease_until > now()
    where h.deployment_id in (${deploymentId}, '')
    order by h.daemon, h.replica`.execute(db);
  return rows;
}

/** Replicas tell every half a minute. */
const GONE_AFTER_SECONDS = 90;
