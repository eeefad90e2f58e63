import { parseAssetKey } from "@millrace/model/asset-key";
import type { Metadata } from "@millrace/model/metadata";
import { RUN_STATUSES, type RunStatus } from "@millrace/model/run-status";
import { readErrorDetail } from "@millrace/protocol/error-detail";
import type { EvaluateSensorRequest } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { SensedEvents, SensedMaterialization, SensedRun } from "millrace/internal/sensors/sensed-events";
import { InvalidRequest } from "./grpc-errors.ts";
import { parseInstant } from "./parse-instant.ts";

/** The events of a request, as the code of a sensor receives them. @throws InvalidRequest naming the field. */
export function toSensedEvents({ materializations, runs }: EvaluateSensorRequest): SensedEvents {
  return { materializations: materializations.map(toMaterialization), runs: runs.map(toRun) };
}

function toMaterialization(
  message: EvaluateSensorRequest["materializations"][number],
  index: number,
): SensedMaterialization {
  return {
    assetKey: parseAssetKey(message.assetKey),
    partitionKey: message.partitionKey ?? null,
    runId: message.runId ?? null,
    timestamp: parseInstant(`materializations[${index}].happened_at`, message.happenedAt),
    metadata: (message.metadata ?? {}) as Metadata,
    tags: message.tags,
    dataVersion: message.dataVersion ?? null,
  };
}

function toRun(message: EvaluateSensorRequest["runs"][number], index: number): SensedRun {
  return {
    runId: message.runId,
    locationName: message.locationName,
    jobName: message.jobName,
    status: parseStatus(`runs[${index}].status`, message.status),
    partitionKey: message.partitionKey ?? null,
    tags: message.tags,
    message: message.message,
    createdAt: parseInstant(`runs[${index}].created_at`, message.createdAt ?? message.happenedAt),
    startedAt: parseOptional(`runs[${index}].started_at`, message.startedAt),
    endedAt: parseOptional(`runs[${index}].ended_at`, message.endedAt),
    failedSteps: message.failedSteps,
    error: message.error ? readErrorDetail(message.error) : null,
    willRetry: message.willRetry,
    url: message.url,
    timestamp: parseInstant(`runs[${index}].happened_at`, message.happenedAt),
  };
}

function parseOptional(field: string, text: string | undefined): Date | null {
  return text === undefined ? null : parseInstant(field, text);
}

function parseStatus(field: string, text: string): RunStatus {
  const status = RUN_STATUSES.find((known) => known === text);
  if (status === undefined)
    throw new InvalidRequest(`\`${field}\` must be one of ${RUN_STATUSES.join(", ")}, not "${text}"`);
  return status;
}
