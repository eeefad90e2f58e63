import { ExpectedError } from "../expected-error.ts";
import { parsePartitionKeyRange, type PartitionKeyRange } from "../partitions/key-range.ts";
import type { RunConfig } from "../config/run-config.ts";

/** What of a job a run is limited to; null: no limit of this kind. */
export interface RunSelection {
  /** Keys of assets; null: everything in the job. */
  readonly assetSelection: readonly string[] | null;
  /** Checks as `asset_key:check_name`; null: those of the selected assets. */
  readonly checkSelection: readonly string[] | null;
  /** Keys of steps, among those that the other two leave, or clauses such as `*load+`, see `resolveStepSelection`; null: all. */
  readonly stepSelection: readonly string[] | null;
}

/** Which partitions a run works on: one, several in a row, or none. */
export interface RunPartitions {
  readonly partitionKey: string | null;
  /** Several in one run, instead of `partitionKey`. */
  readonly partitionRange: PartitionKeyRange | null;
}

/** What a run does, in the words of everybody who asks for it, stores it or executes it. */
export interface RunTarget extends RunSelection, RunPartitions {
  readonly jobName: string;
  readonly runConfig: RunConfig;
  readonly tags: Readonly<Record<string, string>>;
}

/** A target of a run that can't be read; the message names the field. */
export class InvalidRunTarget extends ExpectedError {
  readonly code = "invalid_run_target";
}

/** The target alone of a value that holds more. */
export function toRunTarget(value: RunTarget): RunTarget {
  const { jobName, assetSelection, checkSelection, stepSelection, partitionKey, partitionRange } = value;
  const { runConfig, tags } = value;
  return {
    jobName,
    assetSelection,
    checkSelection,
    stepSelection,
    partitionKey,
    partitionRange,
    runConfig,
    tags,
  };
}

/**
 * Reads a run's target from untrusted JSON. What is left out limits nothing; fields that this version does not know are passed over.
 *
 * @throws InvalidRunTarget naming the field that is missing or of the wrong type.
 */
export function parseRunTarget(value: unknown): RunTarget {
  if (!isObject(value)) throw new InvalidRunTarget("A run's target must be an object");
  const { jobName, partitionKey = null, runConfig = {}, tags = {} } = value;
  if (typeof jobName !== "string" || jobName === "")
    throw new InvalidRunTarget("`jobName` must be a text that is not empty");
  if (partitionKey !== null && typeof partitionKey !== "string")
    throw new InvalidRunTarget("`partitionKey` must be a text or null");
  if (!isObject(runConfig)) throw new InvalidRunTarget("`runConfig` must be an object");
  if (!isObject(tags) || !Object.values(tags).every((tag) => typeof tag === "string"))
    throw new InvalidRunTarget("`tags` must map names to texts");
  return {
    jobName,
    assetSelection: readTexts(value, "assetSelection"),
    checkSelection: readTexts(value, "checkSelection"),
    stepSelection: readTexts(value, "stepSelection"),
    partitionKey,
    partitionRange: readRange(value["partitionRange"]),
    runConfig,
    tags: tags as Readonly<Record<string, string>>,
  };
}

function readRange(value: unknown): PartitionKeyRange | null {
  try {
    return parsePartitionKeyRange(value);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    throw new InvalidRunTarget(`\`partitionRange\`: ${error.message}`, { cause: error });
  }
}

function readTexts(fields: Readonly<Record<string, unknown>>, name: string): readonly string[] | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string"))
    throw new InvalidRunTarget(`\`${name}\` must be a list of texts or null`);
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
