import type { Logger } from "pino";
import type { WorkerRegistry } from "../workers/worker-registry.ts";
import { interruptWorker } from "./terminate-run.ts";

/** How long the workers get to end in order. */
const GRACE_MS = 8_000;
/** How long telling the control plane of their end may take; the next agent tells it otherwise. */
const REPORT_MS = 3_000;

/** Interrupts all running workers, kills those that do not end in time, and waits until their ends are reported. */
export async function stopWorkers(workers: WorkerRegistry, logger: Logger): Promise<void> {
  const tracked = workers.list();
  if (tracked.length === 0) return;
  logger.info({ running: tracked.length }, "interrupting the running workers");
  const never = new AbortController().signal;
  await Promise.all(tracked.map((worker) => interruptWorker(worker, GRACE_MS, never)));
  const enough = Promise.withResolvers<void>();
  const timer = setTimeout(enough.resolve, REPORT_MS);
  await Promise.race([Promise.allSettled(tracked.map(({ reported }) => reported)), enough.promise]);
  clearTimeout(timer);
}
