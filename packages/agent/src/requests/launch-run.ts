import type { LaunchRunResult } from "@millrace/model/runs/work-item";
import { DocumentRefused } from "../policy/location-policy.ts";
import { PermanentWorkFailure } from "./permanent-failure.ts";
import { parseLaunchRun } from "./parse-work.ts";
import type { WorkContext, WorkToDo } from "./work-handler.ts";

/** Gives one attempt of a run its worker. It is known by run and attempt, so a second delivery finds it, alive or ended. */
export async function launchRun(
  context: WorkContext,
  { payload, isStarted }: WorkToDo,
  signal: AbortSignal,
): Promise<LaunchRunResult> {
  const { launch, container, ...request } = parseLaunchRun(payload);
  const { workers, locations, agentApiUrl, agentId, logger } = context;
  const { runId, attempt, locationName } = request;
  const { worker } = await workers.launch(runId, attempt, async () => {
    const version = await locations.getServing(locationName, signal);
    const spec = { ...launch, ...request, agentApiUrl, agentId };
    const launched = await orRefused(version.launchWorker(spec, { isStarted, container }, signal));
    const { revision } = version;
    logger.info(
      { runId, attempt, worker: launched.place, location: locationName, revision },
      "launched a run",
    );
    return launched;
  });
  return { place: worker.place };
}

/** What this agent does not allow a run, it does not allow it the next time either. */
async function orRefused<T>(launching: Promise<T>): Promise<T> {
  try {
    return await launching;
  } catch (error) {
    if (!(error instanceof DocumentRefused)) throw error;
    throw new PermanentWorkFailure(error.code, error.message, { cause: error });
  }
}
