import { status, type ServiceError } from "@grpc/grpc-js";
import { create, type JsonObject } from "@bufbuild/protobuf";
import type { Metadata } from "@millrace/model/metadata";
import type { ReportedEvent } from "@millrace/model/reported-event";
import { LOG_LEVELS, type ErrorInfo } from "@millrace/model/run-event";
import type { SensedEvents } from "@millrace/model/sensed-events";
import {
  DEFAULT_TICK_SECONDS,
  type TickAnswer,
  type TickLogLine,
  type PartitionsRequest,
  type RunRequest,
  type EvaluateScheduleWork,
  type EvaluateSensorWork,
} from "@millrace/model/runs/work-item";
import {
  EvaluateScheduleRequestSchema,
  EvaluateSensorRequestSchema,
  type TickResponse,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { writeErrorDetail } from "@millrace/protocol/error-detail";
import { findErrorDetail } from "./error-detail.ts";
import { evaluationsOf } from "./evaluations.ts";
import { isServiceError, type CodeServerClient } from "../launchers/code-server-client.ts";

/** How the code of a tick asks its deployment. */
export interface DeploymentAccess {
  readonly agentApiUrl: string;
  readonly token: string;
}

/**
 * Evaluates one tick of a schedule. An error of user code, or a name that is not there, is the tick's result.
 * Throws the gRPC ServiceError when the code server did not answer.
 */
export async function askSchedule(
  client: CodeServerClient,
  work: EvaluateScheduleWork,
  deployment: DeploymentAccess | null,
  signal: AbortSignal,
): Promise<TickAnswer> {
  const { scheduleName, scheduledAt, lastTickAt } = work;
  const request = create(EvaluateScheduleRequestSchema, {
    scheduleName,
    scheduledAt,
    ...(lastTickAt === null ? {} : { lastTickAt }),
    ...(deployment === null ? {} : { deployment }),
  });
  return join(null, DEFAULT_TICK_SECONDS, (timeoutMs, onResponse) =>
    evaluationsOf(client)({ case: "schedule", value: request }, timeoutMs, signal, onResponse),
  );
}

/**
 * Evaluates one tick of a sensor, which is told of the events in its work item, and joins what it hands over as it goes.
 * Otherwise as `askSchedule`.
 */
export async function askSensor(
  client: CodeServerClient,
  work: EvaluateSensorWork,
  deployment: DeploymentAccess | null,
  signal: AbortSignal,
): Promise<TickAnswer> {
  const { sensorName, cursor, timeoutSeconds, events, lastTickAt } = work;
  const request = create(EvaluateSensorRequestSchema, {
    sensorName,
    ...(cursor === null ? {} : { cursor }),
    ...(lastTickAt === null ? {} : { lastTickAt }),
    ...(deployment === null ? {} : { deployment }),
    ...toSensedMessages(events),
  });
  return join(cursor, timeoutSeconds, (timeoutMs, onResponse) =>
    evaluationsOf(client)({ case: "sensor", value: request }, timeoutMs, signal, onResponse),
  );
}

/**
 * Joins what an evaluation hands over. What it had handed over before it failed, or before its time was over, still holds: cursor and
 * run requests go together.
 */
async function join(
  cursor: string | null,
  timeoutSeconds: number,
  ask: (timeoutMs: number, onResponse: (response: TickResponse) => void) => Promise<void>,
): Promise<TickAnswer> {
  const responses: TickResponse[] = [];
  let error: ErrorInfo | null = null;
  try {
    await ask(timeoutSeconds * 1_000, (response) => responses.push(response));
  } catch (thrown) {
    error = isServiceError(thrown) ? (findErrorDetail(thrown) ?? findTimeout(thrown, timeoutSeconds)) : null;
    if (error === null) throw thrown;
  }
  return {
    runRequests: responses.flatMap((response) => response.runRequests.map(toRunRequest)),
    partitionsRequests: responses.flatMap((response) => response.partitionsRequests.map(toPartitionsRequest)),
    assetEvents: responses.flatMap((response) => response.assetEvents.map(toReportedEvent)),
    skipReason: responses.findLast((response) => response.skipReason !== undefined)?.skipReason ?? null,
    cursor: responses.findLast((response) => response.cursor !== undefined)?.cursor ?? cursor,
    error,
    logs: responses.flatMap((response) => response.logs.map(toLogLine)),
  };
}

function toLogLine({ timestamp, level, message }: TickResponse["logs"][number]): TickLogLine {
  return { timestamp, level: LOG_LEVELS.find((known) => known === level) ?? "INFO", message };
}

/** User code may talk to slow systems; what takes longer than it may hangs. Null: it did not end for its time. */
function findTimeout({ code }: ServiceError, timeoutSeconds: number): ErrorInfo | null {
  if (code !== status.DEADLINE_EXCEEDED) return null;
  const message = `The evaluation took longer than the ${timeoutSeconds} seconds that it may take, and was stopped`;
  return { name: "TickTimedOut", code: "tick_timed_out", message, stack: null, cause: null };
}

function toSensedMessages({ materializations, runs }: SensedEvents) {
  return {
    materializations: materializations.map(
      ({ partitionKey, runId, dataVersion, metadata, tags, ...event }) => ({
        ...event,
        ...(partitionKey === null ? {} : { partitionKey }),
        ...(runId === null ? {} : { runId }),
        ...(dataVersion === null ? {} : { dataVersion }),
        metadata: metadata as JsonObject,
        tags: { ...tags },
      }),
    ),
    runs: runs.map(({ partitionKey, tags, startedAt, endedAt, failedSteps, error, ...run }) => ({
      ...run,
      ...(partitionKey === null ? {} : { partitionKey }),
      ...(startedAt === null ? {} : { startedAt }),
      ...(endedAt === null ? {} : { endedAt }),
      ...(error === null ? {} : { error: writeErrorDetail(error) }),
      failedSteps: [...failedSteps],
      tags: { ...tags },
    })),
  };
}

function toPartitionsRequest({
  action,
  name,
  keys,
}: TickResponse["partitionsRequests"][number]): PartitionsRequest {
  return { action: action === "delete" ? "delete" : "add", name, keys };
}

/** Only what the kind of event has goes on: the control plane refuses the rest. */
function toReportedEvent(event: TickResponse["assetEvents"][number]): ReportedEvent {
  const { assetKey, partitionKey = null, metadata = {}, description = null } = event;
  const common = { assetKey, partitionKey, metadata: metadata as Metadata, description };
  if (event.kind === "check") {
    const { checkName = "", passed = false, severity } = event;
    return { ...common, kind: "check", checkName, passed, severity: severity === "WARN" ? "WARN" : "ERROR" };
  }
  const { kind, tags, dataVersion = null } = event;
  return {
    ...common,
    kind: kind === "observation" ? "observation" : "materialization",
    tags,
    dataVersion,
  };
}

function toRunRequest(request: TickResponse["runRequests"][number]): RunRequest {
  return {
    runKey: request.runKey ?? null,
    jobName: request.jobName ?? null,
    // On this wire an empty list and none are the same: everything in the job.
    assetSelection: request.assetSelection.length === 0 ? null : request.assetSelection,
    partitionKey: request.partitionKey ?? null,
    runConfig: request.runConfig ?? {},
    tags: request.tags,
  };
}
