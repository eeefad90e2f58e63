import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary, type MessageShape } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Client, Metadata, credentials, status } from "@grpc/grpc-js";
import { Health } from "@millrace/protocol/gen/grpc/health/v1/health_pb";
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
  type ServerReflectionResponse,
} from "@millrace/protocol/gen/grpc/reflection/v1/reflection_pb";
import {
  CodeService,
  LocationSnapshotSchema,
  type LocationSnapshot,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { parseAutomationCondition } from "@millrace/model/automation/parse-condition";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { callStream, callUnary, failureOf, startCodeServer } from "../testing/test-code-server.ts";
import { createTestProject, type TestProject } from "../testing/test-project.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const DEFINITIONS = `
import { asset, assetCheck, automation, daily, definitions, freshness, job, op, resource, runRequest, schedule, sensor, skip } from "millrace";
import { z } from "zod";

const warehouse = resource("warehouse", { config: z.object({ path: z.string() }), setup: () => 1 });
export const raw = asset("shop/raw", { group: "shop", kinds: ["csv"], metadata: { rows: 3 }, config: z.object({ limit: z.number() }), resources: { warehouse } }, async () => 1);
export const orders = asset("shop/orders", { group: "shop", deps: [raw], description: "All orders", automationCondition: automation.onMissing(), freshnessPolicy: freshness.timeWindow({ failSeconds: 3600 }) }, async (_context, n) => n);
export const positive = assetCheck("positive", { asset: orders, blocking: true, automationCondition: automation.onMissing() }, (_context, n) => n > 0);
const everything = job("everything", { selection: [raw, orders], tags: { team: "shop" } });
const hello = op("hello", () => { console.log("hello"); });
const greet = job("greet", () => { hello(); });
export const nightly = schedule("nightly", { cron: "0 3 * * *", timezone: "Europe/Berlin", job: everything }, (context) => {
  context.log.info("asked for " + context.scheduledAt.toISOString());
  return runRequest({ runKey: context.scheduledAt.toISOString(), runConfig: { ops: { shop__raw: { config: { limit: 5 } } } } });
});
export const files = sensor("files", { job: everything }, (context) => {
  context.setCursor("seen");
  if (context.cursor === "broken") throw new Error("the share is gone");
  if (context.cursor?.endsWith(" runs")) return Array.from({ length: parseInt(context.cursor) }, (_, index) => runRequest({ runKey: String(index) }));
  if (context.cursor === "long") context.checkpoint("half", runRequest({ runKey: "first" }));
  return skip("no new files");
});
export const all = definitions({ assets: [raw, orders], checks: [positive], jobs: [everything, greet], schedules: [nightly], sensors: [files] });
`;

let project: TestProject;
let socket: string;
let server: ChildProcess;
let ready: Record<string, unknown>;
let client: Client;

beforeAll(async () => {
  project = createTestProject({ "defs.ts": DEFINITIONS });
  socket = join(mkdtempSync(join(tmpdir(), "millrace-cs-")), "code.sock");
  ({ server, ready } = await startCodeServer(project, socket));
  client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    "grpc.default_authority": "localhost",
  });
});

afterAll(() => {
  client.close();
  server.kill("SIGKILL");
  project[Symbol.dispose]();
  rmSync(join(socket, ".."), { recursive: true });
});

async function describeBytes(): Promise<Buffer> {
  return Buffer.concat(await callStream(client, CodeService.method.describe, {}));
}

async function describe(): Promise<LocationSnapshot> {
  return fromBinary(LocationSnapshotSchema, await describeBytes());
}

test("it announces what it serves", () => {
  expect(ready).toEqual({
    type: "ready",
    codeDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    bundle: expect.stringMatching(/worker\.mjs$/),
    warnings: [],
  });
  expect(existsSync(String(ready["bundle"]))).toBe(true);
});

test("the definitions are described with their places", async () => {
  const snapshot = await describe();

  expect(snapshot.header).toMatchObject({ sourceLanguage: "typescript", codeDigest: ready["codeDigest"] });
  expect(snapshot.assets.map((asset) => asset.key)).toEqual(["shop/orders", "shop/raw"]);
  expect(snapshot.assets[0]).toMatchObject({
    description: "All orders",
    group: "shop",
    stepKey: "shop__orders",
    executable: true,
    dependencies: [{ key: "shop/raw", loadsValue: true }],
    source: { file: "defs.ts", line: 7, column: 23 },
    freshnessPolicy: JSON.stringify({ type: "time_window", failSeconds: 3600 }),
  });
  expect(parseAutomationCondition(JSON.parse(snapshot.assets[0]?.automationCondition ?? ""))).toMatchObject({
    op: "and",
  });
  expect(snapshot.assets[1]).toMatchObject({
    kinds: ["csv"],
    metadata: { rows: { type: "int", value: 3 } },
    resources: ["warehouse"],
  });
  expect(snapshot.checks).toMatchObject([
    {
      assetKey: "shop/orders",
      name: "positive",
      blocking: true,
      automationCondition: snapshot.assets[0]?.automationCondition,
    },
  ]);
  expect(snapshot.schedules).toMatchObject([
    {
      name: "nightly",
      cron: ["0 3 * * *"],
      timezone: "Europe/Berlin",
      jobName: "everything",
      catchup: '"latest"',
      plain: false,
    },
  ]);
  expect(snapshot.sensors).toMatchObject([
    {
      name: "files",
      kind: "standard",
      minimumIntervalSeconds: 30,
      timeoutSeconds: 300,
      jobNames: ["everything"],
    },
  ]);
  expect(snapshot.sensors[0]?.watch).toBeUndefined();
  expect(snapshot.ops.map((op) => op.name)).toEqual(["hello"]);
});

test("jobs are described with their steps and the schema of their run config", async () => {
  const { jobs } = await describe();

  expect(jobs.map((job) => [job.name, job.implicit])).toEqual([
    ["__ASSET_JOB", true],
    ["everything", false],
    ["greet", false],
  ]);
  expect(jobs[1]?.steps).toMatchObject([
    { key: "shop__raw", kind: "asset", upstream: [] },
    { key: "shop__orders", kind: "asset", upstream: ["shop__raw"] },
    { key: "shop__orders_positive", kind: "check", upstream: ["shop__orders"] },
  ]);
  const schema = JSON.parse(jobs[1]?.configSchema ?? "") as Record<string, unknown>;
  expect(schema).toMatchObject({
    required: ["ops", "resources"],
    properties: {
      ops: {
        required: ["shop__raw"],
        properties: { shop__raw: { properties: { config: { required: ["limit"] } } } },
      },
      resources: { required: ["warehouse"] },
    },
  });
});

test("equal code is described with equal bytes, also by another server of another folder", async () => {
  const copy = createTestProject({ "defs.ts": DEFINITIONS });
  onTestFinished(() => copy[Symbol.dispose]());
  const at = join(socket, "../copy.sock");
  const other = await startCodeServer(copy, at);
  onTestFinished(() => void other.server.kill("SIGKILL"));

  const bytes = await describeBytes();
  client.close();
  client = new Client(`unix:${at}`, credentials.createInsecure(), { "grpc.default_authority": "localhost" });
  const others = await describeBytes();
  client.close();
  client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    "grpc.default_authority": "localhost",
  });

  expect(withoutDigest(others)).toEqual(withoutDigest(bytes));
  expect((await describeBytes()).equals(bytes)).toBe(true);
});

/** The digest of code that reads files beside its source covers the folder too. */
function withoutDigest(bytes: Buffer): LocationSnapshot {
  const snapshot = fromBinary(LocationSnapshotSchema, bytes);
  if (snapshot.header) snapshot.header.codeDigest = "";
  return snapshot;
}

test("a schedule's tick answers with its run requests", async () => {
  const [bytes = Buffer.alloc(0), ...others] = await callStream(client, CodeService.method.evaluateSchedule, {
    scheduleName: "nightly",
    scheduledAt: "2026-03-01T02:00:00.000Z",
  });

  expect(others).toEqual([]);
  expect(fromBinary(CodeService.method.evaluateSchedule.output, bytes)).toMatchObject({
    done: true,
    logs: [{ level: "INFO", message: "asked for 2026-03-01T02:00:00.000Z" }],
    runRequests: [
      {
        runKey: "2026-03-01T02:00:00.000Z",
        jobName: "everything",
        runConfig: { ops: { shop__raw: { config: { limit: 5 } } } },
      },
    ],
  });
});

test("a sensor's tick hands over its cursor, and why it skips", async () => {
  const answers = await callStream(client, CodeService.method.evaluateSensor, { sensorName: "files" });

  const messages = answers.map((bytes) => fromBinary(CodeService.method.evaluateSensor.output, bytes));
  expect(messages[0]).toMatchObject({ cursor: "seen", done: false });
  expect(messages.at(-1)).toMatchObject({ skipReason: "no new files", done: true });
});

test("what a sensor hands over at a checkpoint comes at once, and once", async () => {
  const answers = await callStream(client, CodeService.method.evaluateSensor, {
    sensorName: "files",
    cursor: "long",
  });

  const messages = answers.map((bytes) => fromBinary(CodeService.method.evaluateSensor.output, bytes));
  expect(messages).toMatchObject([
    { cursor: "seen", runRequests: [] },
    { cursor: "half", runRequests: [{ runKey: "first" }] },
    { cursor: "half", runRequests: [], done: true },
  ]);
});

test.each([5_001, 100_000])(
  "a tick that asks for %i runs is told how many it may, before anything of them is sent",
  async (count) => {
    const request = { sensorName: "files", cursor: `${count} runs` };

    expect(await failureOf(callStream(client, CodeService.method.evaluateSensor, request))).toMatchObject({
      code: status.UNKNOWN,
      detail: {
        code: "too_many_runs",
        message: expect.stringContaining(`sensor "files" asks for ${count} runs; at most 5000 at once`),
      },
    });
  },
);

test("errors are statuses with typed details", async () => {
  const thrown = await failureOf(
    callStream(client, CodeService.method.evaluateSensor, { sensorName: "files", cursor: "broken" }),
  );
  const unknown = await failureOf(
    callStream(client, CodeService.method.evaluateSchedule, {
      scheduleName: "daily",
      scheduledAt: "2026-01-01T00:00:00Z",
    }),
  );
  const malformed = await failureOf(
    callStream(client, CodeService.method.evaluateSchedule, { scheduleName: "nightly", scheduledAt: "soon" }),
  );
  const unpartitioned = await failureOf(
    callStream(client, CodeService.method.listPartitions, { of: { case: "assetKey", value: "shop/raw" } }),
  );

  expect(thrown).toMatchObject({
    code: status.UNKNOWN,
    detail: { message: "the share is gone", stack: expect.stringMatching(/defs\.ts:\d+/) },
  });
  expect(unknown).toMatchObject({
    code: status.NOT_FOUND,
    detail: { message: 'There is no schedule "daily"; there are: nightly' },
  });
  expect(malformed).toMatchObject({
    code: status.INVALID_ARGUMENT,
    detail: { message: expect.stringContaining("scheduled_at") },
  });
  expect(unpartitioned).toMatchObject({
    code: status.INVALID_ARGUMENT,
    detail: { message: 'Asset "shop/raw" has no partitions' },
  });
});

test("it says that it is healthy", async () => {
  expect(await callUnary(client, Health.method.check, {})).toMatchObject({ status: 1 });
  expect(
    await callUnary(client, Health.method.check, { service: "millrace.code.v1.CodeService" }),
  ).toMatchObject({
    status: 1,
  });
  expect((await failureOf(callUnary(client, Health.method.check, { service: "nonsense" }))).code).toBe(
    status.NOT_FOUND,
  );
});

test("tools can ask what it serves", async () => {
  const stream = client.makeBidiStreamRequest(
    `/${ServerReflection.typeName}/ServerReflectionInfo`,
    (message: MessageShape<typeof ServerReflectionRequestSchema>) =>
      Buffer.from(toBinary(ServerReflectionRequestSchema, message)),
    (bytes: Buffer) => fromBinary(ServerReflectionResponseSchema, bytes),
    new Metadata(),
  );
  stream.write(
    create(ServerReflectionRequestSchema, { messageRequest: { case: "listServices", value: "*" } }),
  );
  stream.write(
    create(ServerReflectionRequestSchema, {
      messageRequest: { case: "fileContainingSymbol", value: "millrace.code.v1.CodeService.Describe" },
    }),
  );
  stream.end();
  const [services, files] = (await stream.toArray()) as ServerReflectionResponse[];

  expect(services?.messageResponse.value).toMatchObject({
    service: expect.arrayContaining(
      [{ name: "millrace.code.v1.CodeService" }].map((one) => expect.objectContaining(one)),
    ),
  });
  const descriptors =
    files?.messageResponse.case === "fileDescriptorResponse"
      ? files.messageResponse.value.fileDescriptorProto
      : [];
  expect(descriptors.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name)).toEqual([
    "millrace/code/v1/code.proto",
    "google/protobuf/struct.proto",
    "google/rpc/status.proto",
    "google/protobuf/any.proto",
  ]);
});

test("definitions that do not load are announced, and the server ends", async () => {
  const broken = createTestProject({ "defs.ts": `throw new Error("not today");` });
  onTestFinished(() => broken[Symbol.dispose]());

  const failed = await startCodeServer(broken, join(socket, "../broken.sock"));
  const [code] =
    failed.server.exitCode === null
      ? ((await once(failed.server, "exit")) as [number])
      : [failed.server.exitCode];

  expect(failed.ready).toMatchObject({
    type: "failed",
    error: { code: "definitions_threw", message: expect.stringContaining("defs.ts:1:7: Error: not today") },
  });
  expect(code).toBe(1);
});

test("it ends in order when it is asked to, and takes its socket with it", async () => {
  const at = join(socket, "../short.sock");
  const short = await startCodeServer(project, at);

  short.server.kill("SIGTERM");

  expect(await once(short.server, "exit")).toEqual([0, null]);
  expect(existsSync(at)).toBe(false);
});
