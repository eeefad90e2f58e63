import { sql } from "kysely";
import { toStepsSnapshot } from "@millrace/model/steps/step-history";
import type { Trx } from "../../database/connect.ts";
import { readStoredSettings } from "../../deployments/settings.ts";
import { appendControlPlaneEvents, type ControlPlaneEvent } from "../fold/append-run-events.ts";
import { prepareAttempt, joinLocation, launchableColumns, type LaunchableRun } from "./prepare-attempt.ts";
import type { LockedRun } from "../fold/lock-run.ts";
import { maxResumeAttempts } from "../run-tags.ts";
import { getStepHistory } from "../steps/step-history-store.ts";

/**
 * Lets a run whose worker died while it ran go on in a further attempt, which runs again what was running and nothing that had
 * ended. The run stays `STARTED` and keeps its slot; what the worker of before may still send is refused. Nothing happens to a
 * run that has used up its attempts (one that may not be resumed has none), has not started, is being canceled, or whose code
 * location is gone.
 *
 * @param run locked by the transaction, its newest attempt ended.
 * @param cause what became of the worker, for the log.
 * @returns whether the run goes on.
 */
export async function resumeRun(trx: Trx, run: LockedRun, cause: string): Promise<boolean> {
  if (run.state.status !== "STARTED") return false;
  const found = await sql<LaunchableRun & { readonly settings: unknown }>`
    select ${launchableColumns}, d.settings from run q join deployment d on d.id = q.deployment_id ${joinLocation}
    where q.id = ${run.id}`.execute(trx);
  const row = found.rows[0];
  if (row === undefined || row.queue === null) return false;
  const { settings } = readStoredSettings(row.settings);
  const limit = maxResumeAttempts(row.tags) ?? settings.maxResumeRunAttempts;
  if (run.attempt > limit) return false;
  const snapshot = toStepsSnapshot(await getStepHistory(trx, run.id));
  const next = await prepareAttempt(trx, { ...row, queue: row.queue }, snapshot, settings);
  const finished = `${snapshot.finished.length} ${snapshot.finished.length === 1 ? "step" : "steps"}`;
  const told: ControlPlaneEvent = {
    type: "ENGINE_EVENT",
    message: `${cause}. Attempt ${next.attempt} of at most ${limit + 1} goes on after the ${finished} that had ended`,
    stepKey: null,
    error: null,
    metadata: {},
  };
  await appendControlPlaneEvents(trx, run, [told], next);
  return true;
}
