import { within } from "@millrace/model/waiting/within";
import { interruptWorker } from "./terminate-run.ts";
import type { WorkContext } from "./work-handler.ts";

/** How long the workers get to end in order. */
const GRACE_MS = 8_000;
/** How long telling the control plane of their end may take; the next agent tells it otherwise. */
const REPORT_MS = 3_000;

/** Interrupts all running workers, kills those that do not end in time, and waits until their ends are reported. */
export async function stopWorkers({ workers, clock, logger }: WorkContext): Promise<void> {
  const tracked = workers.list();
  if (tracked.length === 0) return;
  logger.info({ running: tracked.length }, "interrupting the running workers");
  const never = new AbortController().signal;
  await Promise.all(tracked.map((worker) => interruptWorker(clock, worker, GRACE_MS, never)));
  await within(clock, REPORT_MS, Promise.allSettled(tracked.map(({ reported }) => reported)));
}
