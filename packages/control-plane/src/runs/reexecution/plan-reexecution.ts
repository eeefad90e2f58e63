import { UnknownDefinition } from "../../api/unknown-definition.ts";
import { findOwn } from "@millrace/model/find-own";
import type { RunSelection } from "@millrace/model/runs/run-target";
import { InvalidSelection, UnknownInSelection } from "@millrace/model/selection/invalid-selection";
import { dependenciesOf, resolveStepSelection } from "@millrace/model/selection/op-selection";
import type { RunStatus } from "@millrace/model/run-status";
import {
  type EarlierRun,
  NothingToRetry,
  planFromAssetFailure,
  planFromFailure,
  withDownstream,
} from "@millrace/model/steps/re-execution";
import type { StepGraph } from "@millrace/model/steps/step-graph";
import { type StepHistory, listKnownOutputs, listStepResults } from "@millrace/model/steps/step-history";
import { allCopiesKey, parseStepKey } from "@millrace/model/steps/step-key";
import type { Job, JobStep } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ServingSnapshot } from "../../locations/serving-snapshot.ts";
import { createJobStepGraph } from "../steps/job-step-graph.ts";
import { findStepsOfAssets, selectJobSteps } from "../steps/selected-steps.ts";
import { requireOutputs } from "./require-outputs.ts";
import { RunNotReexecutable } from "../run-errors.ts";
import { BadRequest } from "../../api/bad-request.ts";
import type { EarlierOutputs } from "../earlier-outputs.ts";

/** A run that a part of is to be executed again. */
export interface RepeatedRun extends RunSelection {
  readonly id: string;
  readonly status: RunStatus;
  readonly jobName: string;
  readonly assetKeys: readonly string[];
  readonly steps: StepHistory;
  /** What it had itself from the runs before it; null: it repeated nothing. */
  readonly earlier: EarlierOutputs | null;
}

/** What a re-execution launches, and what it has from the runs before it. */
export interface ReexecutionPlan extends RunSelection {
  readonly earlier: EarlierOutputs | null;
}

/**
 * Plans the repetition of what failed in a run, by the definitions of now: steps that are new since then have never run.
 *
 * @param moved Keys of steps that make other assets now than they did in the run, so that what it says of them means nothing.
 * @throws RunNotFailed | NothingToRetry | RunNotReexecutable
 */
export function planStepsFromFailure(
  location: ServingSnapshot,
  job: Job,
  run: RepeatedRun,
  moved: ReadonlySet<string>,
): ReexecutionPlan {
  const graph = createJobStepGraph(location.snapshot, job, run);
  const known = readEarlierRun(location, graph, run);
  const results = new Map([...known.results].filter(([key]) => !moved.has(key)));
  const earlierRun = { ...known, results };
  const { steps, unstartedCopies } = planFromFailure(graph, earlierRun);
  return planSteps(listSteps(location, job, run), graph, run, earlierRun, [...steps, ...unstartedCopies]);
}

/**
 * Plans the execution of chosen steps of a run.
 *
 * @param chosen Step keys; `work[x]` for one copy of a mapped step, `work[?]` or `work` for all; or clauses such as `load*`.
 * @throws UnknownDefinition naming a step that the run does not have.
 * @throws BadRequest when nothing is chosen.
 * @throws RunNotReexecutable
 */
export function planChosenSteps(
  location: ServingSnapshot,
  job: Job,
  run: RepeatedRun,
  chosen: readonly string[],
  includeDownstream: boolean,
): ReexecutionPlan {
  if (chosen.length === 0) throw new BadRequest("`stepSelection` names no step");
  const graph = createJobStepGraph(location.snapshot, job, run);
  const earlierRun = readEarlierRun(location, graph, run);
  const keys = resolveSteps(graph, job, chosen);
  for (const key of keys) requireCopy(graph, earlierRun, key);
  const steps = includeDownstream
    ? withDownstream(graph, keys)
    : [...new Set(keys.map((key) => (isMapped(graph, key) ? allCopiesKey(key) : key)))];
  return planSteps(listSteps(location, job, run), graph, run, earlierRun, steps);
}

/**
 * Plans a run of the assets and checks that a run was to produce but did not.
 *
 * @param produced Keys of assets, and checks as `asset_key:name`.
 * @throws RunNotFailed | NothingToRetry
 */
export function planMissingAssets(
  location: ServingSnapshot,
  job: Job,
  run: RepeatedRun,
  produced: ReadonlySet<string>,
): ReexecutionPlan {
  const plannedAssets = new Set(run.assetKeys);
  const makers = new Set(location.snapshot.assets.map(({ stepKey }) => stepKey));
  const plannedChecks = listPlannedChecks(location, job, run, makers);
  if (plannedAssets.size === 0 && plannedChecks.length === 0)
    throw new NothingToRetry("The run was to make no assets: re-execute it from failure instead");
  const missing = new Set(planFromAssetFailure(run.status, [...plannedAssets, ...plannedChecks], produced));
  const missingChecks = new Set(plannedChecks.filter((check) => missing.has(check)));
  // A check that an asset evaluates itself can't run without it.
  const evaluators = location.snapshot.checks.flatMap(({ assetKey, name, stepKey }) =>
    missingChecks.has(`${assetKey}:${name}`) && makers.has(stepKey) ? [assetKey] : [],
  );
  const assets = [...plannedAssets].filter((key) => missing.has(key));
  return {
    assetSelection: [...new Set([...assets, ...evaluators])],
    checkSelection: [...missingChecks],
    stepSelection: null,
    earlier: null,
  };
}

/** The checks that a run was to evaluate, as `asset_key:name`. */
function listPlannedChecks(
  { snapshot }: ServingSnapshot,
  job: Job,
  { assetSelection, checkSelection, stepSelection }: RepeatedRun,
  makers: ReadonlySet<string>,
): string[] {
  const stepOf = findStepsOfAssets(snapshot, job, { assetSelection, checkSelection });
  const chosenSteps = stepSelection && new Set(stepSelection);
  const chosenChecks = checkSelection && new Set(checkSelection);
  const assets = new Set(assetSelection);
  const inJob = new Set(job.assetKeys);
  const ownSteps = new Set(job.checkKeys);
  return snapshot.checks.flatMap(({ assetKey, name, stepKey }) => {
    const check = `${assetKey}:${name}`;
    // The job lists those with a step of their own; the others come with their assets.
    const isInJob = ownSteps.has(check) || (makers.has(stepKey) && inJob.has(assetKey));
    const isWanted = chosenChecks?.has(check) ?? (assetSelection === null || assets.has(assetKey));
    const isChosen = chosenSteps?.has(stepOf({ key: assetKey, stepKey })) ?? true;
    return isInJob && isWanted && isChosen ? [check] : [];
  });
}

/** The steps of the run that is repeated, whichever of them it was to execute. */
function listSteps({ snapshot }: ServingSnapshot, job: Job, run: RepeatedRun): readonly JobStep[] {
  const { assetSelection, checkSelection } = run;
  return selectJobSteps(snapshot, job, { assetSelection, checkSelection, stepSelection: null });
}

function planSteps(
  ofRun: readonly JobStep[],
  graph: StepGraph,
  run: RepeatedRun,
  { outputs }: EarlierRun,
  steps: readonly string[],
): ReexecutionPlan {
  const { assetSelection, checkSelection } = run;
  requireOutputs(ofRun, graph, outputs, steps, run.id);
  const chosen = new Set(steps);
  const kept = Object.entries(outputs).filter(([key]) => {
    const { stepKey, mappingKey } = parseStepKey(key);
    return !chosen.has(key) && !(mappingKey !== null && chosen.has(allCopiesKey(stepKey)));
  });
  const runOf = (key: string): string =>
    run.steps.steps.get(key)?.state === "success"
      ? run.id
      : (findOwn(run.earlier?.outputRuns ?? {}, key) ?? run.id);
  return {
    assetSelection,
    checkSelection,
    stepSelection: steps,
    earlier: {
      knownOutputs: Object.fromEntries(kept),
      outputRuns: Object.fromEntries(kept.map(([key]) => [key, runOf(key)])),
    },
  };
}

/** @throws RunNotReexecutable when the definitions do not tell what the run's events speak of. */
function readEarlierRun(location: ServingSnapshot, graph: StepGraph, run: RepeatedRun): EarlierRun {
  for (const key of run.steps.steps.keys()) {
    const { stepKey, mappingKey } = parseStepKey(key);
    if (mappingKey === null || graph.steps.get(stepKey)?.mappedOver !== null) continue;
    throw new RunNotReexecutable(
      "definitions_too_old",
      `Step ${key} of run ${run.id} is a copy, but ${stepKey} is not mapped in what code location "${location.locationName}" ` +
        "serves: reload the location if it was loaded by an older version, or run all steps again",
    );
  }
  return {
    status: run.status,
    selection: run.stepSelection,
    results: listStepResults(run.steps),
    outputs: { ...run.earlier?.knownOutputs, ...listKnownOutputs(graph, run.steps) },
  };
}

function resolveSteps(graph: StepGraph, job: Job, chosen: readonly string[]): string[] {
  try {
    return resolveStepSelection(dependenciesOf(graph), chosen);
  } catch (error) {
    if (!(error instanceof InvalidSelection || error instanceof UnknownInSelection)) throw error;
    throw new UnknownDefinition(`The steps selected of the run of job "${job.name}": ${error.message}`);
  }
}

/** @throws UnknownDefinition when the key is of a copy that there can't be. */
function requireCopy(graph: StepGraph, { outputs }: EarlierRun, key: string): void {
  const { stepKey, mappingKey } = parseStepKey(key);
  if (mappingKey === null) return;
  const mappedOver = graph.steps.get(stepKey)?.mappedOver;
  if (!mappedOver) throw new UnknownDefinition(`Step "${stepKey}" is not mapped, so there is no "${key}"`);
  const mappingKeys = outputs[mappedOver.stepKey]?.[mappedOver.outputName];
  if (mappingKey !== "?" && mappingKeys && !mappingKeys.includes(mappingKey))
    throw new UnknownDefinition(`There is no copy "${key}"; the mapping keys were ${mappingKeys.join(", ")}`);
}

/** Whether this names all copies of a mapped step by the step alone. */
function isMapped(graph: StepGraph, key: string): boolean {
  return (graph.steps.get(key)?.mappedOver ?? null) !== null;
}
