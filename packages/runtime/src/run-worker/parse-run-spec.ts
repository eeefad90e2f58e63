import { ExpectedError } from "@millrace/model/expected-error";
import { parsePartitionKeyRange } from "@millrace/model/partitions/key-range";
import { parseRunHistory } from "@millrace/model/runs/parse-run-history";
import type { RunSpec } from "@millrace/model/runs/run-spec";

/** A run's spec that a worker cannot follow; the message names the field. */
export class InvalidRunSpec extends ExpectedError {
  readonly code = "invalid_run_spec";
}

/**
 * Reads a run's spec from untrusted JSON. Fields that this version does not know are passed over.
 *
 * @throws InvalidRunSpec naming the field that is missing or of the wrong type.
 */
export function parseRunSpec(value: unknown): RunSpec {
  if (!isRecord(value)) throw new InvalidRunSpec("A run's spec must be an object");
  for (const field of [
    "runId",
    "runToken",
    "agentApiUrl",
    "locationName",
    "jobName",
    "workerDirectory",
    "storageDirectory",
  ]) {
    if (typeof value[field] !== "string" || value[field] === "")
      throw new InvalidRunSpec(`\`${field}\` must be a text that is not empty`);
  }
  const { attempt, runConfig, partitionKey, tags, agentId = null } = value;
  if (!Number.isSafeInteger(attempt)) throw new InvalidRunSpec("`attempt` must be a whole number");
  if (!isRecord(runConfig)) throw new InvalidRunSpec("`runConfig` must be an object");
  if (partitionKey !== null && typeof partitionKey !== "string")
    throw new InvalidRunSpec("`partitionKey` must be text or null");
  if (agentId !== null && typeof agentId !== "string")
    throw new InvalidRunSpec("`agentId` must be text or null");
  if (!isRecord(tags) || !Object.values(tags).every((tag) => typeof tag === "string")) {
    throw new InvalidRunSpec("`tags` must map names to text");
  }
  return {
    runId: value["runId"] as string,
    attempt: attempt as number,
    runToken: value["runToken"] as string,
    agentApiUrl: value["agentApiUrl"] as string,
    locationName: value["locationName"] as string,
    jobName: value["jobName"] as string,
    assetSelection: textsOrNull(value, "assetSelection"),
    checkSelection: textsOrNull(value, "checkSelection"),
    stepSelection: textsOrNull(value, "stepSelection"),
    runConfig,
    partitionKey,
    partitionRange: parsePartitionKeyRange(value["partitionRange"]),
    history: parseRunHistory(value["history"]),
    tags: tags as Readonly<Record<string, string>>,
    agentId,
    workerDirectory: value["workerDirectory"] as string,
    storageDirectory: value["storageDirectory"] as string,
  };
}

function textsOrNull(fields: Readonly<Record<string, unknown>>, name: string): readonly string[] | null {
  const value = fields[name] ?? null;
  if (value === null) return null;
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw new InvalidRunSpec(`\`${name}\` must be a list of texts or null`);
  }
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
