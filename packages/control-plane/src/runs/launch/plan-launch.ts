import { suggestNear } from "@millrace/model/near-names";
import { UnknownDefinition } from "../../api/unknown-definition.ts";
import type { PatternCheck } from "@millrace/model/config/check-config";
import { mergeRunConfig } from "@millrace/model/config/merge-run-config";
import type { RunPartitions, RunTarget } from "@millrace/model/runs/run-target";
import { InvalidSelection, UnknownInSelection } from "@millrace/model/selection/invalid-selection";
import { resolveStepSelection } from "@millrace/model/selection/op-selection";
import type { Asset, Job, JobStep } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ServingSnapshot } from "../../locations/serving-snapshot.ts";
import type { PartitionsView } from "../../partitions/require-partition.ts";
import { requirePartitions } from "./launch-partition.ts";
import { findLaunched } from "./find-launched.ts";
import { RunConfigInvalid } from "./launch-error.ts";
import type { LaunchInput } from "./launch-input.ts";
import { listRunPools, type RunPools } from "../run-pools.ts";
import { divideJobSteps } from "../steps/divided-steps.ts";
import {
  findCheck,
  findStepsOfAssets,
  isEvaluatedByAsset,
  listSelectedStepKeys,
  selectJobSteps,
} from "../steps/selected-steps.ts";
import { parsePriority, PRIORITY_TAG } from "../run-priority.ts";
import { mergeRunTags, requireRunTags } from "../run-tags.ts";
import { checkRunConfig } from "./run-config-errors.ts";

/** A launch that fits the definitions: what the run's row says. */
export interface LaunchPlan extends RunTarget {
  readonly locationName: string;
  readonly locationVersionId: string;
  /** What the run will produce. */
  readonly assetKeys: readonly string[];
  /** Every partition of a range; null: one or none. */
  readonly partitionKeys: readonly string[] | null;
  readonly priority: number;
  /** The pools of its steps; null: none of them has one. */
  readonly pools: RunPools | null;
  /** Texts of its config that are yet to be tried, see `listPatternErrors`. */
  readonly patterns: readonly PatternCheck[];
}

/** A launch that fits the definitions but for its partitions, which is the same for all runs that differ in these only. */
export interface PlannedTarget {
  readonly job: Job;
  readonly assets: readonly Asset[];
  /** Assets that are checked partition by partition. */
  readonly checked: readonly Asset[];
  readonly plan: Omit<LaunchPlan, keyof RunPartitions | "partitionKeys">;
}

/**
 * Checks a launch, but for its partitions, against what the locations serve, and fills in what it leaves out.
 *
 * @throws UnknownDefinition
 * @throws RunConfigInvalid
 * @throws BadRequest when it names neither a job nor assets nor checks, or a tag has a value that means nothing.
 */
export function planTarget(
  locations: readonly ServingSnapshot[],
  input: Omit<LaunchInput, keyof RunPartitions>,
): PlannedTarget {
  const { location, job, assets, assetSelection, checkSelection } = findLaunched(locations, input);
  requireChecks(location, assets, checkSelection);
  const { snapshot } = location;
  const targets = { assetSelection, checkSelection };
  const stepSelection = selectSteps(
    job,
    divideJobSteps(snapshot, job, targets) ?? job.steps,
    input.stepSelection,
  );
  const stepOf = findStepsOfAssets(snapshot, job, targets);
  const runConfig = mergeRunConfig(readObject(job.defaultConfig ?? "{}"), input.runConfig ?? {});
  const steps = listSelectedStepKeys(snapshot, { ...targets, stepSelection });
  const { errors, patterns } = checkRunConfig(job, runConfig, steps);
  if (errors.length > 0) throw new RunConfigInvalid(job.name, errors);
  const tags = mergeRunTags(job.tags, input.tags ?? {});
  requireRunTags(tags);
  const plan = {
    locationName: location.locationName,
    locationVersionId: location.versionId,
    jobName: job.name,
    assetSelection,
    checkSelection,
    stepSelection,
    runConfig,
    tags,
    assetKeys: assets.filter((asset) => stepSelection?.includes(stepOf(asset)) ?? true).map(({ key }) => key),
    priority: parsePriority(tags[PRIORITY_TAG]),
    pools: job.steps.some(({ pool }) => pool !== undefined)
      ? listRunPools(selectJobSteps(snapshot, job, { ...targets, stepSelection }))
      : null,
    patterns,
  };
  return { job, assets, checked: listChecked(location, checkSelection), plan };
}

/** The assets whose selected checks are evaluated for each of their partitions. */
function listChecked(location: ServingSnapshot, checkSelection: readonly string[] | null): Asset[] {
  return (checkSelection ?? []).flatMap((text) => {
    const check = findCheck(location.checks, text);
    const asset = check && location.assets.get(check.assetKey);
    return asset?.partitions && !check?.unpartitioned ? [asset] : [];
  });
}

/**
 * Adds the partitions of one run to what is planned, if they are partitions of everything partitioned in it.
 *
 * @param view decides which partitions exist: time partitions once their window has ended.
 * @throws UnknownDefinition
 * @throws BadRequest when they can't be made in one run.
 */
export function planPartitions(
  { job, assets, checked, plan }: PlannedTarget,
  { partitionKey, partitionRange }: RunPartitions,
  view: PartitionsView,
): LaunchPlan {
  const isWhole = plan.assetSelection === null;
  const wanted = { partitionKey, partitionRange };
  const partitionKeys = requirePartitions(job, isWhole, assets, wanted, view, checked);
  return { ...plan, partitionKey, partitionRange, partitionKeys };
}

/** @throws UnknownDefinition when a check is not there, or the run has no step that evaluates it. */
function requireChecks(
  location: ServingSnapshot,
  assets: readonly Asset[],
  selection: readonly string[] | null,
): void {
  for (const text of selection ?? []) {
    const check = findCheck(location.checks, text);
    if (check === undefined) {
      throw new UnknownDefinition(
        `There is no check "${text}" (asset_key:check_name) in code location "${location.locationName}"${suggestNear(
          text,
          [...location.checks.values()].flat().map(({ assetKey, name }) => `${assetKey}:${name}`),
        )}`,
      );
    }
    if (isEvaluatedByAsset(location.snapshot, check) && !assets.some(({ key }) => key === check.assetKey)) {
      throw new UnknownDefinition(
        `Check "${text}" has no step of its own: the step that makes asset "${check.assetKey}" evaluates it. ` +
          `Materialize the asset: put "${check.assetKey}" into \`assetSelection\` too`,
      );
    }
  }
}

/** The keys of the steps that a launch selects, which may say it in clauses such as `*load+`. */
function selectSteps(
  job: Job,
  steps: readonly JobStep[],
  selection: readonly string[] | null,
): readonly string[] | null {
  if (selection === null) return null;
  try {
    return resolveStepSelection(new Map(steps.map(({ key, upstream }) => [key, upstream])), selection);
  } catch (error) {
    if (!(error instanceof InvalidSelection || error instanceof UnknownInSelection)) throw error;
    throw new UnknownDefinition(`The steps selected of job "${job.name}": ${error.message}`);
  }
}

function readObject(json: string): Readonly<Record<string, unknown>> {
  return JSON.parse(json) as Readonly<Record<string, unknown>>;
}
