import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { Client, credentials, status } from "@grpc/grpc-js";
import { CodeService, LocationSnapshotSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { callStream, failureOf, startCodeServer } from "../testing/test-code-server.ts";
import { createTestProject, type TestProject } from "../testing/test-project.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const DEFINITIONS = `
import { asset, assetSensor, definitions, job, multiAssetSensor, op, runRequest, runStatusSensor } from "millrace";

export const raw = asset("shop/raw", () => 1);
export const orders = asset("shop/orders", { deps: [raw] }, (_context, n) => n);
const everything = job("everything", { selection: [raw, orders] });
const hello = op("hello", () => {});
const greet = job("greet", () => { hello(); });
export const onRaw = assetSensor("on_raw", { asset: raw, job: everything }, (context) =>
  context.materializations.map(({ runId, timestamp, metadata }) => runRequest({ runKey: [runId, timestamp.getTime(), metadata.rows.value].join(" ") })));
export const onBoth = multiAssetSensor("on_both", { assets: [raw, orders], when: "all", job: everything }, (context) => runRequest({ runKey: String(context.materializationsOf(orders).length) }));
export const onFailure = runStatusSensor("on_failure", { statuses: ["FAILURE"], monitors: [greet], job: everything }, (context) =>
  context.runs.map(({ runId, locationName, message }) => runRequest({ runKey: [locationName, runId, message].join(" ") })));
export const all = definitions({ assets: [raw, orders], jobs: [everything, greet], sensors: [onRaw, onBoth, onFailure] });
`;

let project: TestProject;
let socket: string;
let server: ChildProcess;
let client: Client;

beforeAll(async () => {
  project = createTestProject({ "defs.ts": DEFINITIONS });
  socket = join(mkdtempSync(join(tmpdir(), "millrace-cs-")), "code.sock");
  ({ server } = await startCodeServer(project, socket));
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

test("a sensor that watches is described with what it watches", async () => {
  const bytes = Buffer.concat(await callStream(client, CodeService.method.describe, {}));

  expect(fromBinary(LocationSnapshotSchema, bytes).sensors).toMatchObject([
    {
      name: "on_both",
      kind: "multi_asset",
      watch: { events: { case: "assets", value: { assetKeys: ["shop/raw", "shop/orders"], all: true } } },
    },
    {
      name: "on_failure",
      kind: "run_status",
      watch: {
        events: {
          case: "runs",
          value: { statuses: ["FAILURE"], jobNames: ["greet"], allLocations: false },
        },
      },
    },
    {
      name: "on_raw",
      kind: "asset",
      watch: { events: { case: "assets", value: { assetKeys: ["shop/raw"], all: false } } },
    },
  ]);
});

test("its code is told of what has happened, and not asked when that is not enough", async () => {
  const happenedAt = "2030-01-01T00:00:00.000Z";
  const ofRaw = {
    assetKey: "shop/raw",
    runId: "r1",
    happenedAt,
    metadata: { rows: { type: "int", value: 3 } },
  };
  const failed = {
    runId: "r2",
    locationName: "shop",
    jobName: "greet",
    status: "FAILURE",
    message: "Steps failed: hello",
    happenedAt,
  };
  const evaluate = async (sensorName: string, events: object) => {
    const answers = await callStream(client, CodeService.method.evaluateSensor, { sensorName, ...events });
    const last = fromBinary(CodeService.method.evaluateSensor.output, answers.at(-1) ?? new Uint8Array());
    return last.skipReason ?? last.runRequests.map(({ runKey }) => runKey);
  };

  expect(await evaluate("on_raw", { materializations: [ofRaw] })).toEqual(["r1 1893456000000 3"]);
  expect(await evaluate("on_both", { materializations: [ofRaw] })).toBe("Nothing new that it watches for");
  const both = [ofRaw, { assetKey: "shop/orders", happenedAt }];
  expect(await evaluate("on_both", { materializations: both })).toEqual(["1"]);
  expect(await evaluate("on_failure", { runs: [failed] })).toEqual(["shop r2 Steps failed: hello"]);
  const wrong = await failureOf(
    callStream(client, CodeService.method.evaluateSensor, {
      sensorName: "on_failure",
      runs: [{ ...failed, status: "DONE" }],
    }),
  );
  expect(wrong).toMatchObject({
    code: status.INVALID_ARGUMENT,
    detail: { message: expect.stringContaining("`runs[0].status` must be one of QUEUED") },
  });
});
