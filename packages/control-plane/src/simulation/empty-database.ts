import { sql } from "kysely";
import type { Db } from "../database/connect.ts";

/** Lets a simulation begin as every other one: without anything of the one before, also of its ids. */
export async function emptyDatabase(db: Db): Promise<void> {
  await sql`truncate run, run_event, backfill, work_item, agent, agent_token, code_location, location_version, snapshot, asset, pool, instigator, dynamic_partition,
    daemon_heartbeat, daemon_lease restart identity cascade`.execute(db);
  await sql`alter sequence simulation.id restart`.execute(db);
}
