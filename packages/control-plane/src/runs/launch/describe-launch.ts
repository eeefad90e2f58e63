import type { JsonSchema } from "@millrace/model/config/json-schema";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { ServingSnapshot } from "../../locations/serving-snapshot.ts";
import { findLocation, getJob, selectAssets } from "./find-launched.ts";
import type { LaunchInput } from "./launch-input.ts";
import { narrowConfigSchema } from "./run-config-errors.ts";
import { listSelectedStepKeys } from "../steps/selected-steps.ts";

/** What one has to decide before launching something: its partition and its run config. */
export interface LaunchDescription {
  readonly locationName: string;
  readonly jobName: string;
  /** JSON Schema of the run config, without what only other steps need. */
  readonly configSchema: JsonSchema;
  readonly defaultConfig: unknown;
  /** The different partitions among what would run; a run's key must be one of each. Empty: nothing is partitioned. */
  readonly partitions: readonly PartitionsDefinition[];
}

/** What would be launched. */
export type LaunchSubject = Pick<LaunchInput, "locationName" | "jobName" | "assetSelection">;

/**
 * Says what launching a job, or assets without one, asks for.
 *
 * @throws UnknownDefinition
 */
export function describeLaunch(
  locations: readonly ServingSnapshot[],
  subject: LaunchSubject,
): LaunchDescription {
  const selection = { ...subject, checkSelection: null, stepSelection: null };
  const location = findLocation(locations, selection);
  const job = getJob(location, subject.jobName ?? ASSET_JOB);
  const assets = selectAssets(location, job, subject.assetSelection, null);
  const partitions = new Set([
    ...(subject.assetSelection === null && job.partitions ? [job.partitions.json] : []),
    ...assets.flatMap((asset) => (asset.partitions ? [asset.partitions.json] : [])),
  ]);
  return {
    locationName: location.locationName,
    jobName: job.name,
    configSchema: narrowConfigSchema(job, listSelectedStepKeys(location.snapshot, selection)),
    defaultConfig: JSON.parse(job.defaultConfig ?? "{}"),
    partitions: [...partitions].map((json) => JSON.parse(json) as PartitionsDefinition),
  };
}
