import { sql } from "kysely";
import { ExpectedError } from "@millrace/model/expected-error";
import type { Db, Trx } from "../database/connect.ts";
import type { Duty } from "./daemon.ts";

/** Seconds for which a replica has a daemon's place without renewing it; then another one may take over. */
const LEASE_SECONDS = 30;

/** Another replica has taken the daemon's place over: this one must not write any more. */
export class DaemonLeaseLost extends ExpectedError {
  readonly code = "daemon_lease_lost";
}

/** Whether a replica may run a daemon now. */
export type DaemonClaim =
  | { readonly held: true; readonly fence: number }
  /** Milliseconds until the lease of the replica that holds it ends. */
  | { readonly held: false; readonly freeInMs: number };

/** Takes or keeps the place of a daemon, if no other replica has it. */
export async function claimDaemonLease(db: Db, duty: Duty, replica: string): Promise<DaemonClaim> {
  const [deploymentId, daemon] = keyOf(duty);
  const claimed = await sql<{ fence: number }>`
    insert into daemon_lease as known (deployment_id, daemon, replica, lease_until)
    values (${deploymentId}, ${daemon}, ${replica}, ${leaseFromNow()})
    on conflict (deployment_id, daemon) do update set replica = excluded.replica, lease_until = excluded.lease_until,
      fence = known.fence + case when known.replica = excluded.replica then 0 else 1 end
    where known.replica = excluded.replica or known.lease_until <= now()
    returning fence`.execute(db);
  const row = claimed.rows[0];
  if (row !== undefined) return { held: true, fence: row.fence };
  const left = await sql<{ ms: number }>`
    select extract(epoch from lease_until - now())::float8 * 1000 as ms from daemon_lease
    where deployment_id = ${deploymentId} and daemon = ${daemon}`.execute(db);
  return { held: false, freeInMs: left.rows[0]?.ms ?? 0 };
}

/**
 * Keeps the place for another while, and everybody else out of it until the transaction ends.
 *
 * @throws DaemonLeaseLost
 */
export async function holdDaemonLease(trx: Trx, duty: Duty, replica: string, fence: number): Promise<void> {
  const [deploymentId, daemon] = keyOf(duty);
  const kept = await sql`
    update daemon_lease set lease_until = ${leaseFromNow()}
    where deployment_id = ${deploymentId} and daemon = ${daemon} and replica = ${replica} and fence = ${fence}
    returning 1`.execute(trx);
  if (kept.rows.length === 0)
    throw new DaemonLeaseLost(`Another replica has taken over daemon ${daemon}: this one stops its tick`);
}

/** Gives every place of a replica up, so that others need not wait for its leases to end. */
export async function releaseDaemonLeases(db: Db, replica: string): Promise<void> {
  await sql`update daemon_lease set lease_until = now() where replica = ${replica} and lease_until > now()`.execute(
    db,
  );
}

function keyOf({ deploymentId, daemon }: Duty): [deploymentId: string, daemon: string] {
  return [deploymentId ?? "", daemon.name];
}

function leaseFromNow(): ReturnType<typeof sql> {
  return sql`now() + make_interval(secs => ${LEASE_SECONDS})`;
}
