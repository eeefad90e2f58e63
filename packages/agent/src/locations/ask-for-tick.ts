import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type {
  TickResult,
  RunRequest,
  EvaluateScheduleWork,
  EvaluateSensorWork,
} from "@millrace/model/work-item";
import {
  EvaluateScheduleRequestSchema,
  EvaluateSensorRequestSchema,
  TickResponseSchema,
  type TickResponse,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { findErrorDetail } from "./error-detail.ts";
import { isServiceError, type CodeServerClient } from "./code-server-client.ts";

/** User code may talk to slow systems; what takes longer than this hangs. */
const TICK_TIMEOUT_MS = 5 * 60_000;

/**
 * Evaluates one tick of a schedule. An error of user code, or a name that is not there, is the tick's result.
 * Throws the gRPC ServiceError when the code server did not answer.
 */
export async function askSchedule(
  client: CodeServerClient,
  work: EvaluateScheduleWork,
  signal: AbortSignal,
): Promise<TickResult> {
  const { scheduleName, scheduledAt } = work;
  const request = toBinary(
    EvaluateScheduleRequestSchema,
    create(EvaluateScheduleRequestSchema, { scheduleName, scheduledAt }),
  );
  return orError(null, async () => {
    const answer = await client.callOnce(
      "/millrace.code.v1.CodeService/EvaluateSchedule",
      request,
      TICK_TIMEOUT_MS,
      signal,
    );
    return joinResponses([fromBinary(TickResponseSchema, answer)], null);
  });
}

/** Evaluates one tick of a sensor, and joins what it hands over as it goes. Otherwise as `askSchedule`. */
export async function askSensor(
  client: CodeServerClient,
  work: EvaluateSensorWork,
  signal: AbortSignal,
): Promise<TickResult> {
  const { sensorName, cursor } = work;
  const message = create(EvaluateSensorRequestSchema, { sensorName, ...(cursor === null ? {} : { cursor }) });
  const request = toBinary(EvaluateSensorRequestSchema, message);
  return orError(cursor, async () => {
    const answers = await client.callStream(
      "/millrace.code.v1.CodeService/EvaluateSensor",
      request,
      TICK_TIMEOUT_MS,
      signal,
    );
    return joinResponses(
      answers.map((answer) => fromBinary(TickResponseSchema, answer)),
      cursor,
    );
  });
}

async function orError(cursor: string | null, ask: () => Promise<TickResult>): Promise<TickResult> {
  try {
    return await ask();
  } catch (error) {
    const detail = isServiceError(error) ? findErrorDetail(error) : null;
    if (detail === null) throw error;
    return { runRequests: [], skipReason: null, cursor, error: detail };
  }
}

function joinResponses(responses: readonly TickResponse[], cursor: string | null): TickResult {
  return {
    runRequests: responses.flatMap((response) => response.runRequests.map(toRunRequest)),
    skipReason: responses.findLast((response) => response.skipReason !== undefined)?.skipReason ?? null,
    cursor: responses.findLast((response) => response.cursor !== undefined)?.cursor ?? cursor,
    error: null,
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
