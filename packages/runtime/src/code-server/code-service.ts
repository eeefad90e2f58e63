import { create, type JsonObject } from "@bufbuild/protobuf";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type { AssetKey } from "@millrace/model/asset-key";
import { partitionKeys } from "@millrace/model/partitions/partition-keys";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { RunRequest, TickResult } from "@millrace/model/runs/work-item";
import {
  ListPartitionsResponseSchema,
  ReportedEventSchema,
  RunRequestSchema,
  TickResponseSchema,
  type DescribeRequest,
  type DescribeResponse,
  type EvaluateScheduleRequest,
  type EvaluateSensorRequest,
  type ListPartitionsRequest,
  type ListPartitionsResponse,
  type TickResponse,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { findJobPartitions } from "millrace/internal/jobs/job-partitions";
import { evaluateScheduleTick, evaluateSensorTick } from "millrace/internal/execution/ticks/evaluate-tick";
import type { ReportedEvent } from "@millrace/model/reported-event";
import { withDeployment } from "./tick-deployment.ts";
import { EvaluationFailed, InvalidRequest, NoSuchDefinition } from "./grpc-errors.ts";
import { parseInstant } from "./parse-instant.ts";
import { toSensedEvents } from "./sensed-events.ts";
import { serveStream } from "./serve-calls.ts";
import { createTickLog, type TickLog } from "./tick-log.ts";

/** Partition keys in one message. */
const KEYS_IN_MESSAGE = 5_000;

/**
 * The handlers of millrace.code.v1.CodeService.
 *
 * @param description what the definitions are described as; the same for every caller.
 */
export function createCodeService(
  definitions: ResolvedDefinitions,
  description: readonly DescribeResponse[],
): UntypedServiceImplementation {
  return {
    describe: serveStream<DescribeRequest, DescribeResponse>(async (_request, send) => {
      for (const message of description) await send(message);
    }),
    evaluateSchedule: serveStream<EvaluateScheduleRequest, TickResponse>(async (request, send, signal) => {
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
    }),
    evaluateSensor: serveStream<EvaluateSensorRequest, TickResponse>(async (request, send, signal) => {
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
    }),
    listPartitions: serveStream<ListPartitionsRequest, ListPartitionsResponse>(async (request, send) => {
      let keys: string[] = [];
      for (const key of partitionKeys(findPartitions(definitions, request), Date.now())) {
        if (keys.push(key) < KEYS_IN_MESSAGE) continue;
        await send(create(ListPartitionsResponseSchema, { keys }));
        keys = [];
      }
      await send(create(ListPartitionsResponseSchema, { keys }));
    }),
  };
}

function findPartitions(
  definitions: ResolvedDefinitions,
  { of }: ListPartitionsRequest,
): PartitionsDefinition {
  switch (of.case) {
    case "assetKey": {
      const asset = definitions.assets.get(of.value as AssetKey);
      if (!asset) throw noSuch("asset", of.value, definitions.assets);
      return partitionsOr(asset.partitions, `Asset "${of.value}"`);
    }
    case "jobName": {
      const job = definitions.jobs.get(of.value);
      if (!job) throw noSuch("job", of.value, definitions.jobs);
      return partitionsOr(findJobPartitions(definitions, job), `Job "${of.value}"`);
    }
    default:
      throw new InvalidRequest("`asset_key` or `job_name` must be set");
  }
}

function partitionsOr(
  partitions: PartitionsDefinition | null | undefined,
  what: string,
): PartitionsDefinition {
  if (!partitions) throw new InvalidRequest(`${what} has no partitions`);
  if (partitions.type === "dynamic")
    throw new InvalidRequest(`${what} has dynamic partitions: the control plane keeps their keys`);
  return partitions;
}

function noSuch(what: string, name: string, known: ReadonlyMap<string, unknown>): NoSuchDefinition {
  const names = [...known.keys()].slice(0, 20).join(", ");
  return new NoSuchDefinition(`There is no ${what} "${name}"; there are: ${names || "none"}`);
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
    // Through JSON, as user code may have put anything there.
    runConfig: JSON.parse(JSON.stringify(runConfig)) as JsonObject,
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
