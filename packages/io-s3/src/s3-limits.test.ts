import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { asset, definitions, loadAssetValue, withConfig, type Asset } from "millrace";
import { materialize } from "millrace/testing";
import { expect, onTestFinished, test } from "vitest";
import { s3Bucket } from "./s3-bucket.ts";
import { s3IoManager, type S3IoManagerOptions } from "./s3-io-manager.ts";

/** A service that answers as it likes; ends with the test. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

const endpointOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function managerAt(endpoint: string, options: S3IoManagerOptions = {}) {
  const bucket = withConfig(s3Bucket("bucket"), {
    bucket: "values",
    endpoint,
    accessKeyId: "key",
    secretAccessKey: "secret",
    idleTimeoutSeconds: 0.2,
    maxAttempts: 2,
  });
  return s3IoManager("s3", bucket, options);
}

const make = (target: Asset) =>
  materialize([target], target.ioManager ? { ioManagers: { s3: target.ioManager } } : {});

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "it succeeded",
    (error: unknown) => (error as Error).message,
  );
}

test("a service that falls silent is given up on after some tries, and named with the bucket", async () => {
  let requests = 0;
  const silent = await serve((request) => {
    requests++;
    request.resume();
  });
  const halfway = await serve((_request, response) => {
    response.writeHead(200, { "content-length": "100000" });
    response.write("x".repeat(5_000));
  });
  const [silentAt, halfwayAt] = [endpointOf(silent), endpointOf(halfway)];
  const stored = asset("stored", { ioManager: managerAt(silentAt) }, () => 1);
  const part = asset("part", { ioManager: managerAt(halfwayAt) }, () => 1);
  const streamed = asset("streamed", { ioManager: managerAt(halfwayAt, { format: "stream" }) }, () => "x");

  const named = (endpoint: string) => `The bucket "values" at ${new URL(endpoint).host} can not be reached: `;
  expect(await failureOf(make(stored))).toContain(named(silentAt));
  expect(requests).toBe(2);
  expect(await failureOf(loadAssetValue(definitions({ assets: [part] }), part))).toContain(named(halfwayAt));
  const reading = async (): Promise<void> => {
    const value: unknown = await loadAssetValue(definitions({ assets: [streamed] }), streamed);
    for await (const _ of value as AsyncIterable<Uint8Array>) continue;
  };
  expect(await failureOf(reading())).toContain(named(halfwayAt));
});

test("a bucket that is not there to be asked is named", async () => {
  const closed = asset("closed", { ioManager: managerAt("http://127.0.0.1:1") }, () => 1);
  expect(await failureOf(make(closed))).toContain(
    'The bucket "values" at 127.0.0.1:1 can not be reached: connect ECONNREFUSED 127.0.0.1:1',
  );
  const proxy = await serve((_request, response) => response.writeHead(404).end("<html>not here</html>"));
  const lost = asset("lost", { ioManager: managerAt(endpointOf(proxy)) }, () => 1);
  expect(await failureOf(make(lost))).toMatch(
    /The bucket "values" at 127.0.0.1:\d+ refused a request \(.*HTTP 404\)/,
  );
  const gateway = await serve((_request, response) => response.writeHead(502).end("bad gateway"));
  const behind = asset("behind", { ioManager: managerAt(endpointOf(gateway)) }, () => 1);
  const unreadable =
    /The bucket "values" at 127.0.0.1:\d+ was answered for with what is no answer of S3 \(HTTP 502\)/;
  expect(await failureOf(make(behind))).toMatch(unreadable);
  expect(await failureOf(loadAssetValue(definitions({ assets: [behind] }), behind))).toMatch(unreadable);
});
