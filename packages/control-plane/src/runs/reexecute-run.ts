import type { Db } from "../database/connect.ts";
import { UnknownDefinition } from "./launch-error.ts";
import { launchRun } from "./launch-run.ts";
import { findRun, type Run } from "./run-store.ts";

/** Tags that a run which repeats another one gets, so that all runs of a group can be listed. */
export const ROOT_RUN_TAG = "millrace/root_run_id";
export const PARENT_RUN_TAG = "millrace/parent_run_id";

/**
 * The same job, config, selection and tags again as a new run of the same group, checked against the definitions of now.
 *
 * @throws UnknownDefinition when the run, or what it ran, is not there any more.
 * @throws RunConfigInvalid
 */
export async function reexecuteRun(db: Db, deploymentId: string, runId: string): Promise<Run> {
  const parent = await findRun(db, deploymentId, runId);
  if (parent === null) throw new UnknownDefinition(`There is no run ${runId}`);
  const rootRunId = parent.rootRunId ?? parent.id;
  const tags = { ...parent.tags, [ROOT_RUN_TAG]: rootRunId, [PARENT_RUN_TAG]: parent.id };
  const { locationName, jobName, assetSelection, checkSelection, stepSelection, partitionKey, runConfig } =
    parent;
  const input = {
    locationName,
    jobName,
    assetSelection,
    checkSelection,
    stepSelection,
    partitionKey,
    runConfig,
    tags,
  };
  return launchRun(db, deploymentId, input, { lineage: { rootRunId, parentRunId: parent.id } });
}
