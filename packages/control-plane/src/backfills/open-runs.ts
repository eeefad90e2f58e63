import { sql } from "kysely";
import type { RunStatus } from "@millrace/model/run-status";
import type { Db } from "../database/connect.ts";
import { BACKFILL_TAG } from "../runs/run-tags.ts";
import type { Backfill } from "./backfill-store.ts";

/** A run of a backfill, or one that repeats such a run, that has not ended or is to be tried again by itself. */
export interface OpenRun {
  readonly id: string;
  readonly status: RunStatus;
}

/** The open runs of a backfill: those that wait first, then the newest. What they are to make may be made yet. */
export async function listOpenRuns(
  db: Db,
  { id, deploymentId }: Pick<Backfill, "id" | "deploymentId">,
): Promise<OpenRun[]> {
  const { rows } = await sql<OpenRun>`
    select r.id, r.status from run_tag t join run r on r.id = t.run_id
    where t.deployment_id = ${deploymentId} and t.key = ${BACKFILL_TAG} and t.value = ${id}
      and (r.status in ('QUEUED', 'STARTING', 'STARTED', 'CANCELING') or r.retry_at is not null)
    order by r.status = 'QUEUED' desc, r.created_at desc`.execute(db);
  return rows;
}
