import { UnknownDefinition } from "../../api/unknown-definition.ts";
import type { RunOrigin } from "@millrace/model/runs/run-origin";
import type { StepHistory } from "@millrace/model/steps/step-history";
import { toRunTarget } from "@millrace/model/runs/run-target";
import type { Job, LocationSnapshot } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { listServingSnapshots, type ServingSnapshot } from "../../locations/serving-snapshot.ts";
import type { Db } from "../../database/connect.ts";
import { launchRun } from "../launch/launch-run.ts";
import type { LaunchContext, LaunchRequest } from "../launch/launch-runs.ts";
import { getJob, throwUnknownLocation } from "../launch/find-launched.ts";
import {
  type ReexecutionPlan,
  type RepeatedRun,
  planChosenSteps,
  planMissingAssets,
  planStepsFromFailure,
} from "./plan-reexecution.ts";
import { listRenames, renameAll, type Renames, renameSelection, renameSteps } from "./rename-run.ts";
import { createRepetitionSources, type RepetitionSources } from "./repetition-sources.ts";
import { RETRY_NUMBER_TAG } from "../retry-rule.ts";
import { RunNotReexecutable } from "../run-errors.ts";
import { BadRequest } from "../../api/bad-request.ts";
import { findRun, type Run } from "../run-store.ts";
import { findStepsOfAssets } from "../steps/selected-steps.ts";

/** Tags that a run which repeats another one gets, so that all runs of a group can be listed. */
export const ROOT_RUN_TAG = "millrace/root_run_id";
export const PARENT_RUN_TAG = "millrace/parent_run_id";
/** The strategy of a re-execution, in small letters. */
export const REEXECUTION_TAG = "millrace/reexecution";

/** Which part of a run its re-execution repeats; the user API says what each means. */
export type ReexecutionStrategy = "ALL_STEPS" | "FROM_FAILURE" | "FROM_ASSET_FAILURE" | "SELECTED_STEPS";

/** How to repeat a run. */
export interface ReexecutionRequest {
  readonly strategy: ReexecutionStrategy;
  /** Step keys, for `SELECTED_STEPS` only. */
  readonly stepSelection: readonly string[] | null;
  /** For `SELECTED_STEPS`: everything downstream of them too. */
  readonly includeDownstream: boolean;
}

/** The history of a run that has said nothing of its steps. */
const NOTHING_DONE: StepHistory = { steps: new Map(), finished: [] };

/** Repeats all of a run. */
export const ALL_STEPS: ReexecutionRequest = {
  strategy: "ALL_STEPS",
  stepSelection: null,
  includeDownstream: false,
};

/**
 * The same job, config, partition and tags again, or a part of it, as a new run of the same group, checked against the definitions
 * of now. What the part takes from other steps is read from the run that made it, through however many runs of the group.
 *
 * @param origin who or what repeats it.
 * @throws UnknownDefinition when the run, or what it ran, is not there any more, or a chosen step is not there.
 * @throws RunConfigInvalid
 * @throws RunNotFailed | NothingToRetry | RunNotReexecutable when it can't be repeated in this way.
 * @throws BadRequest when the request contradicts itself.
 */
export async function reexecuteRun(
  db: Db,
  deploymentId: string,
  runId: string,
  request: ReexecutionRequest,
  origin: RunOrigin,
  context: LaunchContext,
): Promise<Run> {
  const parent = await findRun(db, deploymentId, runId);
  if (parent === null) throw new UnknownDefinition(`There is no run ${runId}`);
  const repetition = await requestRepetition(db, parent, request);
  return launchRun(db, deploymentId, { ...repetition, origin, key: null }, context);
}

/**
 * The launch that repeats a run, or a part of it; who wants it, and under which key, is for the caller to say.
 *
 * @param sources what it is planned from, where many runs are repeated at once. Default: it is read for this run.
 * @throws what `reexecuteRun` throws of a request that can't be met.
 */
export async function requestRepetition(
  db: Db,
  parent: Run,
  request: ReexecutionRequest,
  sources: RepetitionSources = createRepetitionSources(db, parent.deploymentId, [parent]),
): Promise<Pick<LaunchRequest, "target" | "lineage">> {
  if (request.strategy !== "SELECTED_STEPS" && (request.stepSelection !== null || request.includeDownstream))
    throw new BadRequest("`stepSelection` and `includeDownstream` are for SELECTED_STEPS only");
  const rootRunId = parent.rootRunId ?? parent.id;
  const { earlier, ...selection } = await planReexecution(db, parent, request, sources);
  // Who repeats a run by hand has all its retries again.
  const { [RETRY_NUMBER_TAG]: _retry, ...ownTags } = parent.tags;
  const tags = {
    ...ownTags,
    [ROOT_RUN_TAG]: rootRunId,
    [PARENT_RUN_TAG]: parent.id,
    [REEXECUTION_TAG]: request.strategy.toLowerCase(),
  };
  return {
    target: { locationName: parent.locationName, ...toRunTarget(parent), ...selection, tags },
    lineage: { rootRunId, parentRunId: parent.id, earlier },
  };
}

async function planReexecution(
  db: Db,
  parent: Run,
  request: ReexecutionRequest,
  sources: RepetitionSources,
): Promise<ReexecutionPlan> {
  const earlier = await sources.findEarlier(parent);
  const location = await sources.findServing(parent.locationName);
  if (location === null)
    return throwUnknownLocation(parent.locationName, await listServingSnapshots(db, parent.deploymentId));
  const then = await sources.findSnapshotOf(parent);
  const renamed = await sources.findRenamed();
  const renames = listRenames(then, location.snapshot, renamed);
  const selection = renameSelection(parent, renames);
  if (request.strategy === "ALL_STEPS") return { ...selection, earlier };
  const job = getJob(location, parent.jobName);
  const products = await sources.findProducts(parent);
  const history = await sources.findHistory(parent);
  if (products?.eventsKept === false)
    throw new RunNotReexecutable(
      "events_expired",
      `What run ${parent.id} did is no longer kept (\`event_retention_days\`): run all of its steps again`,
    );
  const run: RepeatedRun = {
    ...parent,
    ...selection,
    assetKeys: renameAll(parent.assetKeys, renamed),
    earlier,
    steps: renameSteps(history ?? NOTHING_DONE, renames),
  };
  switch (request.strategy) {
    case "FROM_FAILURE":
      return planStepsFromFailure(location, job, run, listMovedSteps(parent, then, location, job, renames));
    case "FROM_ASSET_FAILURE": {
      const names = new Map([...renames.assets, ...renames.checks]);
      return planMissingAssets(location, job, run, new Set(renameAll(products?.produced ?? [], names)));
    }
    case "SELECTED_STEPS": {
      const steps = renameAll(request.stepSelection ?? [], renames.steps);
      return planChosenSteps(location, job, run, steps, request.includeDownstream);
    }
  }
}

/** Keys of the steps that make assets now which another step, or another part of theirs, made by the definitions of a run. */
function listMovedSteps(
  run: Run,
  snapshot: LocationSnapshot | null,
  location: ServingSnapshot,
  job: Job,
  renames: Renames,
): ReadonlySet<string> {
  const jobThen = snapshot?.jobs.find(({ name }) => name === run.jobName);
  if (!snapshot || !jobThen || run.locationVersionId === location.versionId) return new Set();
  const then = findStepsOfAssets(snapshot, jobThen, run);
  const now = findStepsOfAssets(location.snapshot, job, renameSelection(run, renames));
  const assetsThen = new Map(snapshot.assets.map((asset) => [asset.key, asset]));
  const moved = run.assetKeys.flatMap((key) => {
    const [before, after] = [assetsThen.get(key), location.assets.get(renames.assets.get(key) ?? key)];
    if (!before || !after) return [];
    const step = then(before);
    return (renames.steps.get(step) ?? step) === now(after) ? [] : [now(after)];
  });
  return new Set(moved);
}
