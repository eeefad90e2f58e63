import { ASSET_JOB } from "@millrace/model/run-spec";
import type { Asset, Job } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ServingSnapshot } from "../locations/serving-snapshot.ts";
import { requirePartition } from "./launch-partition.ts";
import { RunConfigInvalid, UnknownDefinition } from "./launch-error.ts";
import { BadRequest } from "./run-errors.ts";
import { findCheck, listSelectedSteps } from "./selected-steps.ts";
import { listRunConfigErrors } from "./run-config-errors.ts";

/** What a run is asked to do. */
export interface LaunchInput {
  /** Null: the only location that has the job or the assets. */
  readonly locationName: string | null;
  /** Null: the assets (or checks) without a job. */
  readonly jobName: string | null;
  /** Null: everything in the job. */
  readonly assetSelection: readonly string[] | null;
  /** As `asset_key:check_name`; null: those of the selected assets. */
  readonly checkSelection: readonly string[] | null;
  readonly stepSelection: readonly string[] | null;
  readonly partitionKey: string | null;
  /** Null: the job's default. */
  readonly runConfig: Readonly<Record<string, unknown>> | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** A launch that fits the definitions: what the run's row says. */
export interface LaunchPlan extends Omit<LaunchInput, "locationName" | "jobName" | "runConfig"> {
  readonly locationName: string;
  readonly locationVersionId: string;
  readonly jobName: string;
  readonly runConfig: Readonly<Record<string, unknown>>;
  /** What the run will produce. */
  readonly assetKeys: readonly string[];
  readonly priority: number;
}

/** The tag that orders the queue: a whole number, higher goes first; anything else counts as 0. */
export const PRIORITY_TAG = "millrace/priority";

/**
 * Checks a launch against what the locations serve and fills in what it leaves out.
 *
 * @param now milliseconds since the epoch: time partitions exist once their window has ended.
 * @throws UnknownDefinition
 * @throws RunConfigInvalid
 * @throws BadRequest when it names neither a job nor assets nor checks.
 */
export function planLaunch(
  locations: readonly ServingSnapshot[],
  input: LaunchInput,
  now: number,
): LaunchPlan {
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
  requireChecks(location, checkSelection);
  requireSteps(job, input.stepSelection);
  requirePartition(assetSelection === null ? job : null, assets, input.partitionKey, now);
  const runConfig = input.runConfig ?? readObject(job.defaultConfig ?? "{}");
  const steps = listSelectedSteps(location.snapshot, { ...input, assetSelection, checkSelection });
  const errors = listRunConfigErrors(job, runConfig, steps);
  if (errors.length > 0) throw new RunConfigInvalid(job.name, errors);
  const tags = { ...job.tags, ...input.tags };
  return {
    locationName: location.locationName,
    locationVersionId: location.versionId,
    jobName: job.name,
    assetSelection,
    checkSelection,
    stepSelection: input.stepSelection,
    partitionKey: input.partitionKey,
    runConfig,
    tags,
    assetKeys: assets.map(({ key }) => key),
    priority: parsePriority(tags[PRIORITY_TAG]),
  };
}

function parsePriority(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : 0;
}

type Wanted = Pick<LaunchInput, "locationName" | "jobName" | "assetSelection" | "checkSelection">;

function findLocation(locations: readonly ServingSnapshot[], wanted: Wanted): ServingSnapshot {
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

function getJob(location: ServingSnapshot, name: string): Job {
  const job = location.jobs.get(name);
  if (job !== undefined) return job;
  throw new UnknownDefinition(
    name === ASSET_JOB
      ? `Code location "${location.locationName}" has no assets to materialize`
      : `There is no job "${name}" in code location "${location.locationName}"`,
  );
}

function selectAssets(
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

function requireChecks(location: ServingSnapshot, selection: readonly string[] | null): void {
  for (const check of selection ?? []) {
    if (findCheck(location.checks, check) === undefined) {
      throw new UnknownDefinition(
        `There is no check "${check}" (asset_key:check_name) in code location "${location.locationName}"`,
      );
    }
  }
}

function requireSteps(job: Job, selection: readonly string[] | null): void {
  const known = new Set(job.steps.map(({ key }) => key));
  const unknown = selection?.find((key) => !known.has(key));
  if (unknown !== undefined)
    throw new UnknownDefinition(`There is no step "${unknown}" in job "${job.name}"`);
}

function readObject(json: string): Readonly<Record<string, unknown>> {
  return JSON.parse(json) as Readonly<Record<string, unknown>>;
}
