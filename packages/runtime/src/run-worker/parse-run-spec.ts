import { ExpectedError } from "@millrace/model/expected-error";
import { parseRunHistory } from "@millrace/model/runs/parse-run-history";
import type { RunSpec } from "@millrace/model/runs/run-spec";
import { InvalidRunTarget, parseRunTarget, type RunTarget } from "@millrace/model/runs/run-target";

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
  const { attempt, agentId = null } = value;
  if (typeof attempt !== "number" || !Number.isSafeInteger(attempt))
    throw new InvalidRunSpec("`attempt` must be a whole number");
  if (agentId !== null && typeof agentId !== "string")
    throw new InvalidRunSpec("`agentId` must be a text or null");
  return {
    ...readTarget(value),
    runId: readText(value, "runId"),
    attempt,
    runToken: readText(value, "runToken"),
    agentApiUrl: readText(value, "agentApiUrl"),
    locationName: readText(value, "locationName"),
    history: parseRunHistory(value["history"]),
    agentId,
    ...(value["startedFor"] === undefined ? {} : { startedFor: readText(value, "startedFor") }),
    workerDirectory: readText(value, "workerDirectory"),
    storageDirectory:
      (value["storageDirectory"] ?? null) === null ? null : readText(value, "storageDirectory"),
  };
}

function readTarget(value: unknown): RunTarget {
  try {
    return parseRunTarget(value);
  } catch (error) {
    if (!(error instanceof InvalidRunTarget)) throw error;
    throw new InvalidRunSpec(error.message, { cause: error });
  }
}

function readText(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value === "string" && value !== "") return value;
  throw new InvalidRunSpec(`\`${name}\` must be a text that is not empty`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
