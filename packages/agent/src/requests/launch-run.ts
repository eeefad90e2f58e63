import type { LaunchRunResult } from "@millrace/model/runs/work-item";
import { parseLaunchRun } from "./parse-work.ts";
import type { WorkContext, WorkToDo } from "./work-handler.ts";

/** Gives one attempt of a run its worker. It is known by run and attempt, so a second delivery finds it, alive or ended. */
export async function launchRun(
  context: WorkContext,
  { payload, isStarted }: WorkToDo,
  signal: AbortSignal,
): Promise<LaunchRunResult> {
  const { launch, ...request } = parseLaunchRun(payload);
  const { workers, locations, agentApiUrl, agentId, logger } = context;
  const { runId, attempt, locationName } = request;
  const { worker } = await workers.launch(runId, attempt, async () => {
    const version = await locations.getServing(locationName, signal);
    const launched = await version.launchWorker(
      { ...launch, ...request, agentApiUrl, agentId },
      isStarted,
      signal,
    );
    const { revision } = version;
    logger.info(
      { runId, attempt, worker: launched.place, location: locationName, revision },
      "launched a run",
    );
    return launched;
  });
  return { place: worker.place };
}
