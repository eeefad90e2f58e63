import { TOO_LATE, within } from "@millrace/model/waiting/within";
import type { Clock } from "@millrace/model/time/clock";
import type { TerminateRunResult } from "@millrace/model/runs/work-item";
import type { TrackedWorker } from "../workers/worker-registry.ts";
import { parseTerminateRun } from "./parse-work.ts";
import type { WorkContext, WorkToDo } from "./work-handler.ts";

/** Interrupts a run's worker, waits for the grace time, then kills it with everything it started. Done when it has ended. */
export async function terminateRun(
  context: WorkContext,
  { payload }: WorkToDo,
  signal: AbortSignal,
): Promise<TerminateRunResult> {
  const { runId, attempt, graceSeconds } = parseTerminateRun(payload);
  const tracked = context.workers.find(runId, attempt);
  // It has ended and everybody knows, or it runs elsewhere, where it hears of it with its next heartbeat.
  if (!tracked) return { found: false, killed: false };
  const log = { runId, attempt, worker: tracked.worker.place };
  context.logger.info({ ...log, graceSeconds }, "interrupting a run worker");
  const killed = await interruptWorker(context.clock, tracked, graceSeconds * 1_000, signal);
  if (killed)
    context.logger.warn(
      { ...log, graceSeconds },
      "the run worker did not end in its grace time; it was killed",
    );
  return { found: true, killed };
}

/** Interrupts a worker and kills what is left of it after `graceMs`. Resolves when it has ended: true when it had to be killed. */
export async function interruptWorker(
  clock: Clock,
  tracked: TrackedWorker,
  graceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { worker } = tracked;
  await worker.interrupt();
  const outcome = await within(clock, graceMs, worker.ended, signal);
  // Also after it has ended: what it started and left behind is part of the run that was asked to stop.
  await worker.kill();
  await worker.ended;
  return outcome === TOO_LATE;
}
