import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StatusSchema } from "@millrace/protocol/gen/google/rpc/status_pb";
import { NO_SENSED_EVENTS } from "@millrace/model/sensed-events";
import { systemClock } from "@millrace/model/time/clock";
import {
  ErrorDetailSchema,
  EvaluateManyRequestSchema,
  EvaluateManyResponseSchema,
  EvaluateSensorRequestSchema,
  TickResponseSchema,
  type EvaluateManyRequest,
  type EvaluationPartSchema,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { askSchedule, askSensor } from "./ask-for-tick.ts";
import { createCodeServerClient, type CodeServerClient } from "../launchers/code-server-client.ts";

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "millrace-tick-"));
const server = new Server();
let client: CodeServerClient;

/** What the code server answers next. */
let answerSchedule: (reply: sendUnaryData<Buffer>) => void;
let answerSensor: (call: ServerWritableStream<Buffer, Buffer>) => void;

beforeAll(async () => {
  const bytes = (value: Buffer) => value;
  const codec = {
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  };
  server.addService(
    {
      evaluateSchedule: {
        path: "/millrace.code.v1.CodeService/EvaluateSchedule",
        requestStream: false,
        responseStream: false,
        ...codec,
      },
      evaluateSensor: {
        path: "/millrace.code.v1.CodeService/EvaluateSensor",
        requestStream: false,
        responseStream: true,
        ...codec,
      },
    },
    {
      evaluateSchedule: (_call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) =>
        answerSchedule(reply),
      evaluateSensor: (call: ServerWritableStream<Buffer, Buffer>) => answerSensor(call),
    },
  );
  const address = `unix:${join(folder, "s")}`;
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  client = createCodeServerClient(address, systemClock);
});
afterAll(() => {
  client.close();
  server.forceShutdown();
  rmSync(folder, { recursive: true, force: true });
});

function tick(init: Parameters<typeof create<typeof TickResponseSchema>>[1]): Buffer {
  return Buffer.from(toBinary(TickResponseSchema, create(TickResponseSchema, init)));
}

const nightly = {
  kind: "evaluate_schedule",
  locationName: "shop",
  scheduleName: "nightly",
  scheduledAt: "2030-01-01T00:00:00Z",
  lastTickAt: null,
} as const;
const newFiles = {
  kind: "evaluate_sensor",
  locationName: "shop",
  sensorName: "new_files",
  timeoutSeconds: 300,
  cursor: "7",
  lastTickAt: "2029-12-31T00:00:00Z",
  events: NO_SENSED_EVENTS,
  eventCursor: null,
} as const;

test("the run requests of a tick arrive as they were asked for", async () => {
  answerSchedule = (reply) =>
    reply(
      null,
      tick({
        runRequests: [
          {
            runKey: "k",
            partitionKey: "2030-01-01",
            runConfig: { ops: { a: { config: 1 } } },
            tags: { team: "sales" },
          },
        ],
        partitionsRequests: [
          { action: "add", name: "files", keys: ["a", "b"] },
          { action: "delete", name: "files", keys: ["c"] },
        ],
        assetEvents: [
          {
            kind: "materialization",
            assetKey: "erp/orders",
            dataVersion: "v7",
            metadata: { n: { type: "int", value: 3 } },
          },
          {
            kind: "check",
            assetKey: "erp/orders",
            checkName: "rows",
            passed: false,
            severity: "WARN",
            partitionKey: "a",
          },
        ],
      }),
    );
  expect(await askSchedule(client, nightly, null, never)).toEqual({
    runRequests: [
      {
        runKey: "k",
        jobName: null,
        assetSelection: null,
        partitionKey: "2030-01-01",
        runConfig: { ops: { a: { config: 1 } } },
        tags: { team: "sales" },
      },
    ],
    partitionsRequests: [
      { action: "add", name: "files", keys: ["a", "b"] },
      { action: "delete", name: "files", keys: ["c"] },
    ],
    assetEvents: [
      {
        kind: "materialization",
        assetKey: "erp/orders",
        partitionKey: null,
        metadata: { n: { type: "int", value: 3 } },
        description: null,
        tags: {},
        dataVersion: "v7",
      },
      {
        kind: "check",
        assetKey: "erp/orders",
        partitionKey: "a",
        metadata: {},
        description: null,
        checkName: "rows",
        passed: false,
        severity: "WARN",
      },
    ],
    skipReason: null,
    cursor: null,
    error: null,
    logs: [],
  });
});

test("what a sensor hands over as it goes is joined; without a new cursor the old one stays", async () => {
  answerSensor = (call) => {
    call.write(tick({ runRequests: [{ runKey: "a" }], cursor: "8" }));
    call.write(tick({ runRequests: [{ runKey: "b" }], done: true }));
    call.end();
  };
  const result = await askSensor(client, newFiles, null, never);
  expect(result.runRequests.map(({ runKey }) => runKey)).toEqual(["a", "b"]);
  expect(result.cursor).toBe("8");

  answerSensor = (call) => {
    call.write(tick({ skipReason: "nothing new", done: true }));
    call.end();
  };
  expect(await askSensor(client, newFiles, null, never)).toMatchObject({
    skipReason: "nothing new",
    cursor: "7",
  });
});

test("what has happened reaches the code server", async () => {
  const happenedAt = "2030-01-01T00:00:00.000Z";
  const materialization = {
    assetKey: "orders",
    partitionKey: "2029-12-31",
    runId: null,
    happenedAt,
    metadata: { rows: { type: "int", value: 3 } },
    tags: { source: "crm" },
    dataVersion: null,
  } as const;
  const run = {
    runId: "r1",
    locationName: "shop",
    jobName: "nightly",
    status: "FAILURE",
    partitionKey: null,
    tags: {},
    message: "Steps failed: load",
    happenedAt,
    createdAt: happenedAt,
    startedAt: happenedAt,
    endedAt: null,
    failedSteps: ["load"],
    error: { name: "Error", message: "no file", stack: null, cause: null },
    willRetry: true,
    url: "http://page.test/runs/r1",
  } as const;
  const { promise: received, resolve } = Promise.withResolvers<Buffer>();
  answerSensor = (call) => {
    resolve(call.request);
    call.write(tick({ done: true }));
    call.end();
  };

  await askSensor(
    client,
    { ...newFiles, events: { materializations: [materialization], runs: [run] } },
    { agentApiUrl: "http://control.test/agent/graphql", token: "mrt_x" },
    never,
  );

  const request = fromBinary(EvaluateSensorRequestSchema, await received);
  expect(request).toMatchObject({
    sensorName: "new_files",
    lastTickAt: "2029-12-31T00:00:00Z",
    deployment: { agentApiUrl: "http://control.test/agent/graphql", token: "mrt_x" },
    materializations: [
      { assetKey: "orders", partitionKey: "2029-12-31", happenedAt, metadata: { rows: { value: 3 } } },
    ],
    runs: [
      {
        runId: "r1",
        locationName: "shop",
        status: "FAILURE",
        message: "Steps failed: load",
        happenedAt,
        startedAt: happenedAt,
        failedSteps: ["load"],
        error: { name: "Error", message: "no file" },
        willRetry: true,
        url: "http://page.test/runs/r1",
      },
    ],
  });
  expect(request.materializations[0]?.runId).toBeUndefined();
});

/** A gRPC status with an error that the code server explains. */
function failure(message: string) {
  const detail = create(ErrorDetailSchema, {
    name: "TypeError",
    message,
    cause: { name: "Error", message: "deep" },
  });
  const metadata = new Metadata();
  const details = [anyPack(ErrorDetailSchema, detail)];
  metadata.set(
    "grpc-status-details-bin",
    Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code: status.UNKNOWN, details }))),
  );
  return Object.assign(new Error(message), { code: status.UNKNOWN, details: message, metadata });
}

test("what a sensor handed over before it failed still holds", async () => {
  answerSensor = (call) => {
    call.write(tick({ runRequests: [{ runKey: "a" }], cursor: "8" }));
    call.emit("error", failure("the store is away"));
  };

  expect(await askSensor(client, newFiles, null, never)).toMatchObject({
    runRequests: [{ runKey: "a" }],
    cursor: "8",
    error: { message: "the store is away" },
  });
});

test("what a sensor handed over before its time was over still holds", async () => {
  answerSensor = (call) => void call.write(tick({ runRequests: [{ runKey: "a" }], cursor: "8" }));

  expect(await askSensor(client, { ...newFiles, timeoutSeconds: 0.2 }, null, never)).toMatchObject({
    runRequests: [{ runKey: "a" }],
    cursor: "8",
    error: { code: "tick_timed_out", message: expect.stringContaining("longer than the 0.2 seconds") },
  });
});

test("an error that the code server explains is the tick's result; one that it does not is thrown", async () => {
  answerSchedule = (reply) => reply(failure("no such column"));
  expect(await askSchedule(client, nightly, null, never)).toMatchObject({
    runRequests: [],
    error: { name: "TypeError", message: "no such column", stack: null, cause: { message: "deep" } },
  });

  answerSchedule = (reply) => reply({ code: status.UNAVAILABLE, details: "going down" });
  await expect(askSchedule(client, nightly, null, never)).rejects.toThrow("going down");
});

test("ticks that are asked for together go in one message, each ends by itself, and one that nobody waits for is left", async () => {
  const received: EvaluateManyRequest[] = [];
  const server = new Server();
  const answered = Promise.withResolvers<number[]>();
  server.addService(
    {
      evaluateMany: {
        path: "/millrace.code.v1.CodeService/EvaluateMany",
        requestStream: true,
        responseStream: true,
        requestSerialize: (value: Buffer) => value,
        requestDeserialize: (bytes: Buffer) => fromBinary(EvaluateManyRequestSchema, bytes),
        responseSerialize: (parts: MessageInitShape<typeof EvaluationPartSchema>[]) =>
          Buffer.from(toBinary(EvaluateManyResponseSchema, create(EvaluateManyResponseSchema, { parts }))),
        responseDeserialize: (bytes: Buffer) => bytes,
      },
    },
    {
      evaluateMany(call: ServerDuplexStream<EvaluateManyRequest, unknown>) {
        call.on("data", (request: EvaluateManyRequest) => {
          received.push(request);
          if (request.leave.length > 0) answered.resolve(request.leave);
          const [first, second] = request.begin;
          if (first === undefined || second === undefined) return;
          call.write([
            { number: first.number, is: { case: "response", value: { skipReason: "first", done: true } } },
            { number: second.number, is: { case: "end", value: refusal("no such column") } },
            { number: first.number, is: { case: "end", value: {} } },
          ]);
        });
        call.on("end", () => call.end());
      },
    },
  );
  const address = `unix:${join(folder, "many")}`;
  await new Promise((resolve) => server.bindAsync(address, ServerCredentials.createInsecure(), resolve));
  using _ = { [Symbol.dispose]: () => server.forceShutdown() };
  const many = createCodeServerClient(address, systemClock);

  const short = { ...newFiles, timeoutSeconds: 0.2 };
  const [first, second, third] = await Promise.all([
    askSchedule(many, nightly, null, never),
    askSensor(many, newFiles, null, never),
    askSensor(many, short, null, never),
  ]);
  many.close();

  expect(received[0]?.begin.map(({ of }) => of.case)).toEqual(["schedule", "sensor", "sensor"]);
  expect(first).toMatchObject({ skipReason: "first", error: null });
  expect(second).toMatchObject({ error: { message: "no such column" }, cursor: "7" });
  expect(third).toMatchObject({ error: { code: "tick_timed_out" } });
  expect(await answered.promise).toEqual([received[0]?.begin[2]?.number]);
});

function refusal(message: string) {
  const details = [anyPack(ErrorDetailSchema, create(ErrorDetailSchema, { name: "TypeError", message }))];
  return { code: status.UNKNOWN, message, details };
}

test("a call that is not wanted any more is canceled", async () => {
  const controller = new AbortController();
  answerSchedule = () => controller.abort();
  await expect(askSchedule(client, nightly, null, controller.signal)).rejects.toMatchObject({
    code: status.CANCELLED,
  });
});
