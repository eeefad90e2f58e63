import { create, type JsonObject } from "@bufbuild/protobuf";
import type { RunRequest, TickResult } from "@millrace/model/runs/work-item";
import type { ReportedEvent } from "@millrace/model/reported-event";
import {
  ReportedEventSchema,
  RunRequestSchema,
  TickResponseSchema,
  type EvaluateScheduleRequest,
  type EvaluateSensorRequest,
  type TickResponse,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { evaluateScheduleTick, evaluateSensorTick } from "millrace/internal/execution/ticks/evaluate-tick";
import { EvaluationFailed, noSuch } from "./grpc-errors.ts";
import { parseInstant } from "./parse-instant.ts";
import { toSensedEvents } from "./sensed-events.ts";
import { withDeployment } from "./tick-deployment.ts";
import { createTickLog, type TickLog } from "./tick-log.ts";

/** Evaluates one tick: sends what comes of it, and throws what it fails with. The signal is aborted when nobody waits any more. */
export type EvaluateTick<Request> = (
  request: Request,
  send: (response: TickResponse) => Promise<void>,
  signal: AbortSignal,
) => Promise<void>;

/** What evaluates the ticks of some definitions. */
export function createTickHandlers(definitions: ResolvedDefinitions): {
  readonly evaluateSchedule: EvaluateTick<EvaluateScheduleRequest>;
  readonly evaluateSensor: EvaluateTick<EvaluateSensorRequest>;
} {
  return {
    async evaluateSchedule(request, send, signal) {
      const schedule = definitions.schedules.get(request.scheduleName);
      if (!schedule) throw noSuch("schedule", request.scheduleName, definitions.schedules);
      const scheduledAt = parseInstant("scheduled_at", request.scheduledAt);
      const lastTickAt = parseLastTick(request);
      const log = createTickLog();
      const result = await withDeployment(request.deployment, signal, (questions) =>
        evaluateScheduleTick(schedule, scheduledAt, {
          definitions,
          signal,
          sink: log.sink,
          questions,
          lastTickAt,
        }),
      );
      await sendResult(result, log, send);
    },
    async evaluateSensor(request, send, signal) {
      const sensor = definitions.sensors.get(request.sensorName);
      if (!sensor) throw noSuch("sensor", request.sensorName, definitions.sensors);
      const events = toSensedEvents(request);
      const lastTickAt = parseLastTick(request);
      const log = createTickLog();
      const result = await withDeployment(request.deployment, signal, (questions) =>
        evaluateSensorTick(sensor, request.cursor ?? null, {
          definitions,
          signal,
          sink: log.sink,
          questions,
          lastTickAt,
          events,
          // What is handed over holds even when the evaluation fails later.
          onHandOver: ({ cursor, ...requests }) =>
            void send(
              create(TickResponseSchema, { ...toRequestMessages(requests), cursor, logs: log.takeLines() }),
            ).catch(() => {}),
        }),
      );
      await sendResult(result, log, send);
    },
  };
}

/** Sends how an evaluation ended. What code has logged before it failed comes before the status that tells of its error. */
async function sendResult(
  { runRequests, partitionsRequests, assetEvents, skipReason, cursor, error }: TickResult,
  log: TickLog,
  send: (response: TickResponse) => Promise<void>,
): Promise<void> {
  const logs = log.takeLines();
  if (error !== null) {
    if (logs.length > 0) await send(create(TickResponseSchema, { logs }));
    throw new EvaluationFailed(error);
  }
  const response = create(TickResponseSchema, {
    ...toRequestMessages({ runRequests, partitionsRequests, assetEvents }),
    ...(skipReason === null ? {} : { skipReason }),
    ...(cursor === null ? {} : { cursor }),
    logs,
    done: true,
  });
  await send(response);
}

function toRequestMessages({
  runRequests,
  partitionsRequests,
  assetEvents,
}: Pick<TickResult, "runRequests" | "partitionsRequests" | "assetEvents">) {
  return {
    runRequests: runRequests.map(toRunRequestMessage),
    partitionsRequests: partitionsRequests.map(({ action, name, keys }) => ({
      action,
      name,
      keys: [...keys],
    })),
    assetEvents: assetEvents.map(toReportedMessage),
  };
}

function toRunRequestMessage(request: RunRequest): TickResponse["runRequests"][number] {
  const { runKey, jobName, assetSelection, partitionKey, runConfig, tags } = request;
  const message = {
    ...(runKey === null ? {} : { runKey }),
    ...(jobName === null ? {} : { jobName }),
    assetSelection: [...(assetSelection ?? [])],
    ...(partitionKey === null ? {} : { partitionKey }),
    runConfig: { ...runConfig } as JsonObject,
    tags: { ...tags },
  };
  return create(RunRequestSchema, message);
}

function toReportedMessage(event: ReportedEvent): TickResponse["assetEvents"][number] {
  const { kind, assetKey, partitionKey, description, metadata } = event;
  return create(ReportedEventSchema, {
    kind,
    assetKey,
    ...(partitionKey === null ? {} : { partitionKey }),
    ...(description === null ? {} : { description }),
    // Plain JSON, as `toMetadata` has made it.
    metadata: metadata as JsonObject,
    ...(event.kind === "check"
      ? { checkName: event.checkName, passed: event.passed, severity: event.severity }
      : {
          tags: { ...event.tags },
          ...(event.dataVersion === null ? {} : { dataVersion: event.dataVersion }),
        }),
  });
}

function parseLastTick({ lastTickAt }: EvaluateScheduleRequest | EvaluateSensorRequest): Date | null {
  return lastTickAt === undefined ? null : parseInstant("last_tick_at", lastTickAt);
}
