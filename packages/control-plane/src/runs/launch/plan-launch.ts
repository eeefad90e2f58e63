import type { PatternCheck } from "@millrace/model/config/check-config";
import { mergeRunConfig } from "@millrace/model/config/merge-run-config";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { RunTarget } from "@millrace/model/runs/run-target";
import { InvalidSelection, UnknownInSelection } from "@millrace/model/selection/invalid-selection";
import { resolveStepSelection } from "@millrace/model/selection/op-selection";
import type { Asset, Job } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ServingSnapshot } from "../../locations/serving-snapshot.ts";
import { requirePartitions, type PartitionsView } from "./launch-partition.ts";
import { RunConfigInvalid, UnknownDefinition } from "./launch-error.ts";
import { BadRequest } from "../../api/bad-request.ts";
import { findCheck, isEvaluatedByAsset, listSelectedSteps } from "../steps/selected-steps.ts";
import { requireRunTags } from "../run-tags.ts";
import { checkRunConfig } from "./run-config-errors.ts";

/** What a run is asked to do. */
export interface LaunchInput extends Omit<RunTarget, "jobName" | "runConfig"> {
  /** Null: the only location that has the job or the assets. */
  readonly locationName: string | null;
  /** Null: the assets (or checks) without a job. */
  readonly jobName: string | null;
  /** Laid over the job's default, see `mergeRunConfig`; null: the default alone. */
  readonly runConfig: RunTarget["runConfig"] | null;
}

/** A launch that fits the definitions: what the run's row says. */
export interface LaunchPlan extends RunTarget {
  readonly locationName: string;
  readonly locationVersionId: string;
  /** What the run will produce. */
  readonly assetKeys: readonly string[];
  /** Every partition of a range; null: one or none. */
  readonly partitionKeys: readonly string[] | null;
  readonly priority: number;
  /** Texts of its config that are yet to be tried, see `listPatternErrors`. */
  readonly patterns: readonly PatternCheck[];
}

/** The tag that orders the queue: a whole number, higher goes first; anything else counts as 0. */
export const PRIORITY_TAG = "millrace/priority";

/**
 * Checks a launch against what the locations serve and fills in what it leaves out.
 *
 * @param view decides which partitions exist: time partitions once their window has ended.
 * @throws UnknownDefinition
 * @throws RunConfigInvalid
 * @throws BadRequest when it names neither a job nor assets nor checks, or a tag has a value that means nothing.
 */
export function planLaunch(
  locations: readonly ServingSnapshot[],
  input: LaunchInput,
  view: PartitionsView,
): LaunchPlan {
  const { location, job, assets, assetSelection, checkSelection } = findLaunched(locations, input);
  requireChecks(location, assets, checkSelection);
  const stepSelection = selectSteps(job, input.stepSelection);
  const partitionKeys = requirePartitions(job, assetSelection === null, assets, input, view);
  const runConfig = mergeRunConfig(readObject(job.defaultConfig ?? "{}"), input.runConfig ?? {});
  const steps = listSelectedSteps(location.snapshot, { assetSelection, checkSelection, stepSelection });
  const { errors, patterns } = checkRunConfig(job, runConfig, steps);
  if (errors.length > 0) throw new RunConfigInvalid(job.name, errors);
  const tags = { ...job.tags, ...input.tags };
  requireRunTags(tags);
  return {
    locationName: location.locationName,
    locationVersionId: location.versionId,
    jobName: job.name,
    assetSelection,
    checkSelection,
    stepSelection,
    partitionKey: input.partitionKey,
    partitionRange: input.partitionRange,
    partitionKeys,
    runConfig,
    tags,
    assetKeys: assets.filter(({ stepKey }) => stepSelection?.includes(stepKey) ?? true).map(({ key }) => key),
    priority: parsePriority(tags[PRIORITY_TAG]),
    patterns,
  };
}

/** What a launch means by the names in it. */
export interface LaunchedDefinitions {
  readonly location: ServingSnapshot;
  readonly job: Job;
  /** What the run will produce. */
  readonly assets: readonly Asset[];
  /** As in the input, each key once. */
  readonly assetSelection: readonly string[] | null;
  readonly checkSelection: readonly string[] | null;
}

/**
 * Finds the definitions that a launch names.
 *
 * @throws UnknownDefinition
 * @throws BadRequest when it names nothing.
 */
export function findLaunched(
  locations: readonly ServingSnapshot[],
  input: Pick<LaunchInput, "locationName" | "jobName" | "assetSelection" | "checkSelection">,
): LaunchedDefinitions {
  const assetSelection = input.assetSelection && [...new Set(input.assetSelection)];
  const checkSelection = input.checkSelection && [...new Set(input.checkSelection)];
  if (input.jobName === null && !assetSelection?.length && !checkSelection?.length) {
    throw new BadRequest(
      "`input` names nothing to run: give `jobName`, `assetSelection` or `checkSelection`",
    );
  }
  const location = findLocation(locations, { ...input, assetSelection, checkSelection });
  const job = getJob(location, input.jobName ?? ASSET_JOB);
  const assets = selectAssets(location, job, assetSelection, checkSelection);
  return { location, job, assets, assetSelection, checkSelection };
}

function parsePriority(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** What a launch names. */
export type Wanted = Pick<LaunchInput, "locationName" | "jobName" | "assetSelection" | "checkSelection">;

/** The location that has what is wanted. @throws UnknownDefinition when there is none, or when several have it. */
export function findLocation(locations: readonly ServingSnapshot[], wanted: Wanted): ServingSnapshot {
  const { locationName } = wanted;
  if (locationName !== null) {
    const location = locations.find((candidate) => candidate.locationName === locationName);
    if (location !== undefined) return location;
    const known = locations.map((candidate) => candidate.locationName).join(", ") || "none";
    throw new UnknownDefinition(
      `There is no code location "${locationName}" that has loaded; there are: ${known}`,
    );
  }
  const candidates = locations.filter((candidate) => hasWanted(candidate, wanted));
  const [only, another] = candidates;
  if (another !== undefined) {
    const names = candidates.map((candidate) => candidate.locationName).join(", ");
    throw new UnknownDefinition(
      `${describe(wanted)} is in several code locations: give one of ${names} as \`locationName\``,
    );
  }
  if (only !== undefined) return only;
  // With a single location its own message says best which asset or check is missing.
  if (wanted.jobName === null && locations.length === 1 && locations[0] !== undefined) return locations[0];
  throw new UnknownDefinition(`No code location has ${describe(wanted)}`);
}

function hasWanted(location: ServingSnapshot, wanted: Wanted): boolean {
  if (wanted.jobName !== null) return location.jobs.has(wanted.jobName);
  return (
    (wanted.assetSelection ?? []).every((key) => location.assets.get(key)?.executable) &&
    (wanted.checkSelection ?? []).every((check) => findCheck(location.checks, check) !== undefined)
  );
}

function describe(wanted: Wanted): string {
  if (wanted.jobName !== null) return `job "${wanted.jobName}"`;
  const names = [...(wanted.assetSelection ?? []), ...(wanted.checkSelection ?? [])];
  return names.length === 1 ? `"${names[0]}"` : `all of ${names.join(", ")}`;
}

/** A job of a location. @throws UnknownDefinition */
export function getJob(location: ServingSnapshot, name: string): Job {
  const job = location.jobs.get(name);
  if (job !== undefined) return job;
  throw new UnknownDefinition(
    name === ASSET_JOB
      ? `Code location "${location.locationName}" has no assets to materialize`
      : `There is no job "${name}" in code location "${location.locationName}"`,
  );
}

/** The assets that a run of the job makes, limited by a selection. @throws UnknownDefinition */
export function selectAssets(
  location: ServingSnapshot,
  job: Job,
  selection: readonly string[] | null,
  checkSelection: readonly string[] | null,
): Asset[] {
  // Checks alone: nothing is produced.
  const keys = selection ?? (checkSelection === null ? job.assetKeys : []);
  const inJob = new Set(job.assetKeys);
  return keys.flatMap((key) => {
    const asset = location.assets.get(key);
    if (asset === undefined) {
      throw new UnknownDefinition(`There is no asset "${key}" in code location "${location.locationName}"`);
    }
    if (!asset.executable && selection === null) return [];
    if (!asset.executable)
      throw new UnknownDefinition(`Asset "${key}" is external: nothing here can materialize it`);
    if (!inJob.has(key)) throw new UnknownDefinition(`Asset "${key}" is not in job "${job.name}"`);
    return [asset];
  });
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
        `There is no check "${text}" (asset_key:check_name) in code location "${location.locationName}"`,
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
function selectSteps(job: Job, selection: readonly string[] | null): readonly string[] | null {
  if (selection === null) return null;
  try {
    return resolveStepSelection(new Map(job.steps.map(({ key, upstream }) => [key, upstream])), selection);
  } catch (error) {
    if (!(error instanceof InvalidSelection || error instanceof UnknownInSelection)) throw error;
    throw new UnknownDefinition(`The steps selected of job "${job.name}": ${error.message}`);
  }
}

function readObject(json: string): Readonly<Record<string, unknown>> {
  return JSON.parse(json) as Readonly<Record<string, unknown>>;
}
