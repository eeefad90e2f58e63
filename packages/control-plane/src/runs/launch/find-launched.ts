import { UnknownDefinition } from "../../api/unknown-definition.ts";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { explainUnknownName, suggestNear } from "@millrace/model/near-names";
import type { Asset, Job } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { BadRequest } from "../../api/bad-request.ts";
import type { ServingSnapshot } from "../../locations/serving-snapshot.ts";
import { findCheck } from "../steps/selected-steps.ts";
import type { LaunchInput } from "./launch-input.ts";

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

/** @throws UnknownDefinition for a name that no code location has which serves. */
export function throwUnknownLocation(name: string, locations: readonly ServingSnapshot[]): never {
  const hint = explainUnknownName(
    name,
    locations.map(({ locationName }) => locationName),
  );
  throw new UnknownDefinition(`There is no code location "${name}" that has loaded${hint}`);
}

/** What a launch names. */
export type Wanted = Pick<LaunchInput, "locationName" | "jobName" | "assetSelection" | "checkSelection">;

/** The location that has what is wanted. @throws UnknownDefinition when there is none, or when several have it. */
export function findLocation(locations: readonly ServingSnapshot[], wanted: Wanted): ServingSnapshot {
  const { locationName } = wanted;
  if (locationName !== null) {
    const location = locations.find((candidate) => candidate.locationName === locationName);
    return location ?? throwUnknownLocation(locationName, locations);
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
  throw new UnknownDefinition(`No code location has ${describe(wanted)}${suggestWanted(locations, wanted)}`);
}

/** What may have been meant where one name is not there. */
function suggestWanted(locations: readonly ServingSnapshot[], wanted: Wanted): string {
  if (wanted.jobName !== null)
    return suggestNear(
      wanted.jobName,
      locations.flatMap(({ jobs }) => [...jobs.keys()]),
    );
  const [key, ...others] = wanted.assetSelection ?? [];
  return key === undefined || others.length > 0
    ? ""
    : suggestNear(
        key,
        locations.flatMap(({ assets }) => [...assets.keys()]),
      );
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
      : `There is no job "${name}" in code location "${location.locationName}"${suggestNear(name, location.jobs.keys())}`,
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
  const inJob = getAssetKeys(job);
  return keys.flatMap((key) => {
    const asset = location.assets.get(key);
    if (asset === undefined) {
      throw new UnknownDefinition(
        `There is no asset "${key}" in code location "${location.locationName}"${suggestNear(key, location.assets.keys())}`,
      );
    }
    if (!asset.executable && selection === null) return [];
    if (!asset.executable)
      throw new UnknownDefinition(`Asset "${key}" is external: nothing here can materialize it`);
    if (!inJob.has(key)) throw new UnknownDefinition(`Asset "${key}" is not in job "${job.name}"`);
    return [asset];
  });
}

const assetKeys = new WeakMap<Job, ReadonlySet<string>>();

/** The keys of a job's assets, made once for each job: snapshots are shared and kept. */
function getAssetKeys(job: Job): ReadonlySet<string> {
  const keys = assetKeys.get(job) ?? new Set(job.assetKeys);
  assetKeys.set(job, keys);
  return keys;
}
