import type { LaunchRunResult } from "@millrace/model/runs/work-item";
import type { AssignedSpec } from "../launchers/launcher.ts";
import { parseLaunchRun } from "./parse-work.ts";
import type { WorkContext } from "./work-handler.ts";

/** How long the worker gets the control plane's attention before the work item is said to be done. */
const YIELD_TO_WORKER_MS = 50;

/**
 * Gives one attempt of a run its worker: a standby of the location's serving version, or one that is started for it.
 * The worker is known by run and attempt, so a second delivery finds it, alive or ended.
 */
export async function launchRun(
  context: WorkContext,
  payload: unknown,
  signal: AbortSignal,
): Promise<LaunchRunResult> {
  const { launch, ...request } = parseLaunchRun(payload);
  const { workers, locations, folders, logger, clock } = context;
  const { runId, attempt, locationName } = request;
  const existing = workers.find(runId, attempt);
  if (existing) return { pid: existing.worker.pid };

  const version = await locations.getServing(locationName, signal);
  const standby = await version.pool.take();
  if (signal.aborted || workers.find(runId, attempt)) {
    // While this delivery waited, the item went to somebody else, or came here a second time.
    version.pool.giveBack(standby);
    signal.throwIfAborted();
    return { pid: workers.find(runId, attempt)?.worker.pid ?? null };
  }
  const spec: AssignedSpec = {
    ...launch,
    ...request,
    agentApiUrl: context.agentApiUrl,
    agentId: context.agentId,
    workerDirectory: standby.directory,
    storageDirectory: folders.storage,
  };
  await workers.assign(standby, spec);
  // The worker asks at this moment whether it may begin. That the item is done can wait until it has its answer.
  await clock.sleep(YIELD_TO_WORKER_MS, signal);
  signal.throwIfAborted();
  logger.info(
    {
      runId,
      attempt,
      workerPid: standby.pid,
      location: locationName,
      revision: version.revision,
    },
    "launched a run",
  );
  return { pid: standby.pid };
}
