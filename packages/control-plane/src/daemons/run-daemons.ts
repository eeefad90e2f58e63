import { hostname } from "node:os";
import { sql } from "kysely";
import type { Ids } from "@millrace/model/randomness";
import { DEFAULT_DEPLOYMENT } from "../deployments/deployment-store.ts";
import { runDaemon, type Daemon, type DaemonContext, type DaemonState } from "./daemon.ts";

const HEARTBEAT_MS = 30_000;

/** Runs daemons, and one that tells of them, until `signal` aborts; resolves when the last tick is over. */
export async function runDaemons(
  daemons: readonly Daemon[],
  context: DaemonContext,
  signal: AbortSignal,
): Promise<void> {
  const states = new Map<string, DaemonState>();
  await Promise.all(
    [...daemons, createHeartbeatDaemon(states, context.ids)].map((daemon) =>
      runDaemon(daemon, context, signal, (state) => states.set(state.daemon, state)),
    ),
  );
}

/** Writes down that this replica's daemons tick, and what ails them. */
function createHeartbeatDaemon(states: ReadonlyMap<string, DaemonState>, ids: Ids): Daemon {
  const replica = `${hostname()}:${process.pid}:${ids.newId().slice(0, 8)}`;
  return {
    name: "heartbeat",
    topics: [],
    intervalMs: HEARTBEAT_MS,
    tick: (context) => insertHeartbeats(context, replica, [...states.values()]),
  };
}

async function insertHeartbeats(
  { db, clock }: DaemonContext,
  replica: string,
  states: readonly DaemonState[],
): Promise<void> {
  if (states.length === 0) return;
  const rows = states.map(({ daemon, lastTickMs, lastError }) => ({
    deployment_id: DEFAULT_DEPLOYMENT,
    daemon,
    replica,
    last_tick_at: sql<Date>`now() - ${clock.monotonic() - lastTickMs} * interval '1 millisecond'`,
    last_error: lastError && JSON.stringify({ name: lastError.name, message: lastError.message }),
  }));
  await db
    .insertInto("daemon_heartbeat")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["deployment_id", "daemon", "replica"]).doUpdateSet((row) => ({
        last_tick_at: row.ref("excluded.last_tick_at"),
        last_error: row.ref("excluded.last_error"),
      })),
    )
    .execute();
}
