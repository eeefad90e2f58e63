import { sql } from "kysely";
import type { DaemonContext } from "../daemons/daemon.ts";
import { forEachAlone } from "../daemons/for-each-alone.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { logFolderOf, logObjectKey } from "./storage/log-objects.ts";

/** Runs that one pass looks at. */
const BATCH = 200;
/** An object that no chunk stands for may be about to have one. */
const UNTOLD_MS = 3_600_000;

interface SweptChunk {
  readonly attempt: number;
  readonly stream: "stdout" | "stderr";
  readonly offset: number;
  readonly length: number;
  readonly writer: string;
}

type SweepContext = Pick<DaemonContext, "db" | "logs" | "clock" | "holdPlace">;

/** Removes from the log storage what no chunk stands for any more, of runs that chunks were deleted of, or that are gone. */
export async function sweepLogs(context: SweepContext, deploymentId: string): Promise<void> {
  for (;;) {
    const { rows } = await sql<{ runId: string; ids: number[] }>`
      select run_id as "runId", array_agg(id) as ids
      from (select id, run_id from log_sweep where deployment_id = ${deploymentId} order by id limit ${BATCH}) asked
      group by run_id`.execute(context.db);
    await forEachAlone(rows, ({ runId, ids }) => sweepRun(context, runId, ids));
    if (rows.length === 0) return;
  }
}

async function sweepRun(
  { db, logs, clock, holdPlace }: SweepContext,
  runId: string,
  ids: readonly number[],
): Promise<void> {
  const { rows: runs } = await sql`select from run where id = ${runId}`.execute(db);
  const stored = await logs.list(logFolderOf(runId));
  const { rows: chunks } = await sql<SweptChunk>`
    select attempt, stream, byte_offset as "offset", byte_length as length, writer from log_chunk
    where run_id = ${runId} and writer is not null`.execute(db);
  const told = new Set(chunks.map((chunk) => logObjectKey({ ...chunk, runId })));
  const isOld = (writtenAt: number): boolean => runs.length === 0 || writtenAt < clock.now() - UNTOLD_MS;
  const spare = stored.filter(({ key, writtenAt }) => !told.has(key) && isOld(writtenAt));
  await logs.remove(spare.map(({ key }) => key));
  await inTransaction(db, async (trx) => {
    await holdPlace(trx);
    await sql`delete from log_sweep where id = any(${ids}::bigint[])`.execute(trx);
  });
}
