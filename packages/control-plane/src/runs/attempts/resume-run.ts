import { sql } from "kysely";
import { toStepsSnapshot } from "@millrace/model/steps/step-history";
import type { Trx } from "../../database/connect.ts";
import { readStoredSettings, type DeploymentSettings } from "../../deployments/settings.ts";
import { appendControlPlaneEvents, type ControlPlaneEvent } from "../fold/append-run-events.ts";
import { prepareAttempt, joinLocation, launchableColumns, type LaunchableRun } from "./prepare-attempt.ts";
import type { LockedRun } from "../fold/lock-run.ts";
import { maxResumeAttempts } from "../run-tags.ts";
import { getStepHistory } from "../steps/step-history-store.ts";

/** A run that may go on in a further attempt. */
interface Resumable {
  readonly launchable: LaunchableRun & { readonly queue: string };
  readonly settings: DeploymentSettings;
  /** The last attempt that it may have so far. */
  readonly limit: number;
}

/**
 * Finds out whether a run may go on in a further attempt when the worker of its newest one is gone: not one that has used up its
 * attempts (one that may not be resumed has none), has not started, is being canceled, or whose code location is gone.
 *
 * @param run locked by the transaction.
 */
export async function findResumable(trx: Trx, run: LockedRun): Promise<Resumable | null> {
  if (run.state.status !== "STARTED") return null;
  const found = await sql<LaunchableRun & { readonly settings: unknown; readonly waits: number }>`
    select ${launchableColumns}, d.settings, (select count(*) from run_event e
      where e.run_id = q.id and e.stored_at >= q.created_at and e.type = 'RUN_RESUMED') as waits
    from run q join deployment d on d.id = q.deployment_id ${joinLocation}
    where q.id = ${run.id}`.execute(trx);
  const row = found.rows[0];
  if (row === undefined || row.queue === null) return null;
  const { settings } = readStoredSettings(row.settings);
  // An attempt that goes on after a wait is none that a worker's death has cost.
  const limit = row.waits + (maxResumeAttempts(row.tags) ?? settings.maxResumeRunAttempts);
  return run.attempt > limit ? null : { launchable: { ...row, queue: row.queue }, settings, limit };
}

/**
 * Lets a run whose worker died while it ran go on in a further attempt, which runs again what was running and nothing that had
 * ended. The run stays `STARTED` and keeps its slot; what the worker of before may still send is refused. Nothing happens to one that
 * may not.
 *
 * @param run locked by the transaction, its newest attempt ended.
 * @param cause what became of the worker, for the log.
 * @returns whether the run goes on.
 */
export async function resumeRun(trx: Trx, run: LockedRun, cause: string): Promise<boolean> {
  const resumable = await findResumable(trx, run);
  if (resumable === null) return false;
  const { launchable, settings, limit } = resumable;
  const snapshot = toStepsSnapshot(await getStepHistory(trx, run.id));
  const next = await prepareAttempt(trx, launchable, snapshot, settings);
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

/**
 * Lets a run that waited without a worker go on in a further attempt. It has a slot again from here on. One whose events are not kept
 * any more fails: nobody knows what it has done.
 *
 * @param run locked by the transaction, its wait over.
 */
export async function continueRun(
  trx: Trx,
  run: LockedRun,
  launchable: LaunchableRun & { readonly queue: string },
  settings: Parameters<typeof prepareAttempt>[3],
): Promise<void> {
  const history = await getStepHistory(trx, run.id);
  if (!history.isWhole) {
    const message =
      "The run has waited for longer than its events are kept: what it had done is not known any more";
    const end: ControlPlaneEvent = { type: "RUN_FAILURE", reason: "RUN_EXCEPTION", message, error: null };
    await appendControlPlaneEvents(trx, run, [end]);
    return;
  }
  const next = await prepareAttempt(trx, launchable, toStepsSnapshot(history), settings);
  const message = `The wait is over: the run goes on in attempt ${next.attempt}`;
  await appendControlPlaneEvents(trx, run, [{ type: "RUN_RESUMED", message }], next);
}
