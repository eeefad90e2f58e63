import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fromBinary } from "@bufbuild/protobuf";
import { Client, credentials } from "@grpc/grpc-js";
import { CodeService, TickResponseSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { callStream, failureOf, startCodeServer } from "../testing/test-code-server.ts";
import { createTestProject } from "../testing/test-project.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const DEFINITIONS = `
import { asset, assetMaterialization, definitions, externalAsset, runRequest, sensor } from "millrace";

export const orders = externalAsset("erp/orders");
export const load = asset("load", { after: [orders] }, () => 1);
export const look = sensor("look", { target: [load] }, async ({ deployment, lastTickAt }) => {
  const keys = await deployment.dynamicPartitions("files");
  const [run] = await deployment.runs({ statuses: ["FAILURE"] });
  return [
    assetMaterialization(orders, { dataVersion: "v7", metadata: { keys: keys.length } }),
    runRequest({ runKey: [keys.join(), run.failedSteps.join(), run.endedAt.getTime(), run.url, lastTickAt.getTime()].join(" ") }),
  ];
});
export const defs = definitions({ assets: [orders, load], sensors: [look] });
`;

/** A control plane as far as this tick asks for one; what it was asked with. */
const asked: string[] = [];
const controlPlane = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { query, variables } = JSON.parse(await text(request)) as {
    query: string;
    variables: { after?: string };
  };
  asked.push(request.headers.authorization ?? "");
  const page = variables.after === "1" ? { keys: ["b"], cursor: null } : { keys: ["a"], cursor: "1" };
  const run = {
    runId: "r1",
    locationName: "shop",
    jobName: "nightly",
    status: "FAILURE",
    partitionKey: null,
    tags: {},
    createdAt: "2026-01-01T00:00:00.000Z",
    startedAt: null,
    endedAt: "2026-01-01T00:00:05.000Z",
    failedSteps: ["load"],
    error: null,
    url: "http://page.test/runs/r1",
  };
  response.end(
    JSON.stringify({ data: query.includes("runs(") ? { runs: [run] } : { dynamicPartitions: page } }),
  );
}

const project = createTestProject({ "defs.ts": DEFINITIONS });
const socket = join(mkdtempSync(join(tmpdir(), "millrace-cs-")), "code.sock");
const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
  "grpc.default_authority": "localhost",
});
let stop: () => void;

beforeAll(async () => {
  controlPlane.listen(0, "127.0.0.1");
  await once(controlPlane, "listening");
  const { server } = await startCodeServer(project, socket);
  stop = () => void server.kill("SIGKILL");
});
afterAll(() => {
  client.close();
  stop();
  controlPlane.close();
  project[Symbol.dispose]();
  rmSync(join(socket, ".."), { recursive: true });
});

test("the code of a tick asks the control plane with the tick's token, and reports events of assets", async () => {
  const { port } = controlPlane.address() as AddressInfo;
  const deployment = { agentApiUrl: `http://127.0.0.1:${port}/agent/graphql`, token: "mrt_x" };
  const request = { sensorName: "look", deployment, lastTickAt: "2026-01-02T00:00:00Z" };

  const answers = await callStream(client, CodeService.method.evaluateSensor, request);

  expect(fromBinary(TickResponseSchema, answers.at(-1) ?? Buffer.alloc(0))).toMatchObject({
    done: true,
    runRequests: [
      {
        runKey: `a,b load ${Date.parse("2026-01-01T00:00:05Z")} http://page.test/runs/r1 ${Date.parse("2026-01-02T00:00:00Z")}`,
      },
    ],
    assetEvents: [
      {
        kind: "materialization",
        assetKey: "erp/orders",
        dataVersion: "v7",
        metadata: { keys: { type: "int", value: 2 } },
      },
    ],
  });
  expect(new Set(asked)).toEqual(new Set(["Bearer mrt_x"]));
});

test("without a deployment, code that asks for it fails with the reason", async () => {
  const failure = await failureOf(
    callStream(client, CodeService.method.evaluateSensor, { sensorName: "look" }),
  );

  expect(failure).toMatchObject({
    detail: { message: expect.stringContaining("asked for without a deployment") },
  });
});
