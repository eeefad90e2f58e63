import { sql } from "kysely";
import type { DaemonContext } from "../daemons/daemon.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { terminateRun } from "../runs/ending/terminate-run.ts";
import { BACKFILL_TAG } from "../runs/run-tags.ts";
import { lockBackfill, updateBackfill, type Backfill } from "./backfill-store.ts";

/** Runs that are ended side by side: each is a transaction of its own. */
const SIDE_BY_SIDE = 8;

/** Ends the runs of a backfill that is to be canceled, newest first, and the backfill once none is left. */
export async function cancelRuns(
  context: DaemonContext,
  deploymentId: string,
  { id }: Backfill,
): Promise<void> {
  const { rows } = await sql<{ id: string; status: string }>`
    select r.id, r.status from run_tag t join run r on r.id = t.run_id
    where t.deployment_id = ${deploymentId} and t.key = ${BACKFILL_TAG} and t.value = ${id}
      and r.status in ('QUEUED', 'STARTING', 'STARTED', 'CANCELING') order by r.status = 'QUEUED' desc, r.created_at desc`.execute(
    context.db,
  );
  const open = rows.filter(({ status }) => status !== "CANCELING").map((row) => row.id);
  const next = open.values();
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (const runId of next) await terminateRun(context.db, deploymentId, runId);
    }),
  );
  if (rows.length > 0) return;
  await inTransaction(context.db, async (trx) => {
    await context.holdPlace(trx);
    const locked = await lockBackfill(trx, deploymentId, id);
    if (locked?.status === "CANCELING") await updateBackfill(trx, locked, { status: "CANCELED" });
  });
}
