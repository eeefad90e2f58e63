import { sql } from "kysely";
import { isFinished } from "@millrace/model/run-status";
import type { Db } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { appendControlPlaneEvents } from "../fold/append-run-events.ts";
import { lockAttempt } from "../fold/lock-run.ts";

/**
 * Notes that the main thread of an attempt's worker is blocked, or is not any more, and says it in the run's log, once. The worker
 * lives and the run goes on: the code may compute something that takes long.
 *
 * @param seconds how long it has been blocked; null: it is not.
 */
export async function noteBlocked(
  db: Db,
  runId: string,
  number: number,
  seconds: number | null,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    const { run, attempt } = await lockAttempt(trx, runId, number);
    if (attempt.state !== "running" || run.attempt !== number || isFinished(run.state.status)) return;
    const noted = await sql`
      update run_attempt set blocked_since = now() - make_interval(secs => ${seconds}::float8)
      where run_id = ${runId} and attempt = ${number} and (blocked_since is null) = ${seconds !== null}`.execute(
      trx,
    );
    if (noted.numAffectedRows === 0n) return;
    const place = attempt.worker.place ?? "unknown";
    const message =
      seconds === null
        ? `The main thread of worker ${place} answers again`
        : `The main thread of worker ${place} has not answered for ${seconds} s: the code computes without a pause, waits for something without giving way, or hangs`;
    await appendControlPlaneEvents(trx, run, [
      { type: "ENGINE_EVENT", message, stepKey: null, error: null, metadata: {} },
    ]);
  });
}
