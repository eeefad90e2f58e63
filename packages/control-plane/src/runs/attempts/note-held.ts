import { sql } from "kysely";
import { isFinished } from "@millrace/model/run-status";
import type { Db } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { appendControlPlaneEvents } from "../fold/append-run-events.ts";
import { lockAttempt } from "../fold/lock-run.ts";

/**
 * Notes that the worker of an attempt can't write down what happens, or can again, and says it in the run's log, once. The run goes
 * on; what happens meanwhile, its end too, is heard of when there is room.
 *
 * @param heldBy why; null: it can.
 */
export async function noteHeld(db: Db, runId: string, number: number, heldBy: string | null): Promise<void> {
  await inTransaction(db, async (trx) => {
    const { run, attempt } = await lockAttempt(trx, runId, number);
    if (attempt.state !== "running" || run.attempt !== number || isFinished(run.state.status)) return;
    const noted = await sql`
      update run_attempt set held_by = ${heldBy}
      where run_id = ${runId} and attempt = ${number} and held_by is distinct from ${heldBy}`.execute(trx);
    if (noted.numAffectedRows === 0n) return;
    const place = attempt.worker.place ?? "unknown";
    const message =
      heldBy === null
        ? `Worker ${place} can write down again what happens`
        : `Worker ${place} can't write down what happens, and keeps it in memory: ${heldBy}`;
    await appendControlPlaneEvents(trx, run, [
      { type: "ENGINE_EVENT", message, stepKey: null, error: null, metadata: {} },
    ]);
  });
}
