import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { startAgentApi } from "../testing/test-agent-api.ts";
import { createUserApiEndpoint } from "../user-api/user-api-endpoint.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createAgentToken } from "../agents/agent-token-store.ts";
import { createApp } from "./create-app.ts";
import { systemClock } from "@millrace/model/time/clock";
import { pino } from "pino";
import { createWakeBus } from "../wake/wake-bus.ts";

const { db, url } = await startAgentApi();
const port = Number(new URL(url).port);
const logger = pino({ level: "silent" });
const closing = new AbortController();
const context = createTestContext(db, { bus: createWakeBus(systemClock), logger });
const { token } = await createAgentToken(context, "default", "test");
const app = await createApp({
  clock: systemClock,
  db,
  logger,
  endpoints: [createUserApiEndpoint(context)],
  host: "127.0.0.1",
  closing: closing.signal,
});
afterAll(() => app.close());

const JSON_BODY = { "content-type": "application/json" };

/** Sends the head of a request and as much of its body as is given; answers what came back until the server hung up. */
async function sendRaw(
  head: readonly string[],
  body: Buffer | null,
): Promise<{ answer: string; socket: Socket }> {
  const socket = connectSocket(port, "127.0.0.1");
  await once(socket, "connect");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
  socket.on("error", () => {});
  socket.write(
    `${["POST /agent/graphql HTTP/1.1", "host: localhost", "content-type: application/json", ...head].join("\r\n")}\r\n\r\n`,
  );
  if (body) socket.write(body);
  await once(socket, "close");
  return { answer, socket };
}

test("a request without a token is refused before its body has come, and its connection ends", async () => {
  const { answer } = await sendRaw(["content-length: 100000000"], null);

  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer).toContain('"code":"unauthenticated"');
});

test("a body may pack a thousandfold, as the output of a worker may", async () => {
  const body = gzipSync(
    JSON.stringify({ query: "{agentApiVersion}", variables: { a: "x".repeat(1_000_000) } }),
  );
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...JSON_BODY, authorization: `Bearer ${token}`, "content-encoding": "gzip" },
    body,
  });

  expect(body.length).toBeLessThan(2_000);
  expect(await answer.json()).toEqual({ data: { agentApiVersion: expect.any(String) } });
});

test("a body that unpacks into more than a request may have is refused, whoever sends it", async () => {
  const body = gzipSync(`{"query":"{agentApiVersion}","variables":{"a":[${"[],".repeat(1_000_000)}[]]}}`);
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...JSON_BODY, authorization: `Bearer ${token}`, "content-encoding": "gzip" },
    body,
  });

  expect(answer.status).toBe(413);
});

test("2 MiB is the most that a request may have, unpacked", async () => {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...JSON_BODY, authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: "{agentApiVersion}", variables: { a: "x".repeat(2 * 1024 * 1024) } }),
  });

  expect(answer.status).toBe(413);
});

test("a body that is not gzip although it says so is the sender's mistake", async () => {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...JSON_BODY, authorization: `Bearer ${token}`, "content-encoding": "gzip" },
    body: "{}",
  });

  expect(answer.status).toBe(400);
});

test("requests have a time limit, and so have their headers", () => {
  expect(app.server).toMatchObject({ requestTimeout: 60_000, headersTimeout: 15_000 });
});

test.each([
  [
    "nesting that no parser bears",
    `{ runs(limit: ${"[".repeat(4_900)}${"]".repeat(4_900)}) { a } }`,
    /nested too deeply/,
  ],
  ["nesting", `{ deployment { id ${"a { ".repeat(30)}b${" }".repeat(30)} } }`, /20 fields deep/],
  [
    "renamed fields",
    `{ ${Array.from({ length: 101 }, (_, i) => `a${i}: version`).join(" ")} }`,
    /rename 100/,
  ],
  ["tokens", `{ ${"version ".repeat(10_001)} }`, /tokens/],
])("a document with too many %s is refused", async (_what, query, message) => {
  const answer = await app.inject({
    url: "/graphql",
    method: "POST",
    headers: JSON_BODY,
    payload: { query },
  });

  const { errors } = answer.json<{ errors: { message: string; extensions: { code: string } }[] }>();
  expect(errors.map((error) => error.message).join("\n")).toMatch(message);
  expect(errors[0]?.extensions.code).toBe("bad_request");
});

test.each(["[localhost]", "[fe80::1%25eth0]", "localhost/x", "a b"])(
  "%s is no host, and that is not our bug",
  async (host) => {
    const answer = await app.inject({
      url: "/graphql",
      method: "POST",
      headers: { ...JSON_BODY, host },
      payload: { query: "{version}" },
    });

    expect(answer.statusCode).toBe(400);
  },
);

test.each(["cross-site", "same-site"])("a page that is %s may ask nothing", async (site) => {
  const answer = await app.inject({
    url: "/graphql",
    method: "POST",
    headers: { ...JSON_BODY, "sec-fetch-site": site },
    payload: { query: "{version}" },
  });

  expect(answer.statusCode).toBe(403);
});

test("what is read by GET is a stream of hints, nothing else", async () => {
  const answer = await app.inject({ url: "/graphql?query={version}" });

  expect(answer.statusCode).toBe(405);
});

test("answers say what a browser must not do with them", async () => {
  const answer = await app.inject({ url: "/healthz" });

  expect(answer.headers).toMatchObject({
    "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
  });
  expect(answer.headers["content-security-policy"]).not.toMatch(/script-src[^;]*(unsafe|http)/);
});

test("a long answer is packed for who can unpack it", async () => {
  const ask = (headers: Record<string, string>) =>
    app.inject({
      url: "/graphql",
      method: "POST",
      headers: { ...JSON_BODY, ...headers },
      payload: { query: "{ __schema { types { name description fields { name } } } }" },
    });

  const plain = await ask({});
  const packed = await ask({ "accept-encoding": "br, gzip" });

  expect(plain.headers["content-encoding"]).toBeUndefined();
  expect(packed.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.payload);
  expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3);
});
