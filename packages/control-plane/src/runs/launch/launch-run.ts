import type { Db } from "../../database/connect.ts";
import type { Run } from "../run-store.ts";
import { launchRuns, type LaunchContext, type LaunchRequest } from "./launch-runs.ts";

/**
 * Puts one run into the queue, see `launchRuns`.
 *
 * @throws UnknownDefinition, RunConfigInvalid, BadRequest
 */
export async function launchRun(
  db: Db,
  deploymentId: string,
  request: LaunchRequest,
  context: LaunchContext,
): Promise<Run> {
  const [outcome] = await launchRuns(db, deploymentId, [request], context);
  if (outcome === undefined) throw new Error("A launch has no outcome");
  if (outcome.kind === "refused") throw outcome.error;
  return outcome.run;
}
