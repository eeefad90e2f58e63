import { once } from "node:events";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import {
  ClaimWorkDocument,
  DesiredLocationsDocument,
  RegisterAgentDocument,
} from "@millrace/protocol/agent-api.gen";
import { createAgentApiClient } from "@millrace/protocol/agent-api-client";
import { systemClock, type Clock } from "@millrace/model/time/clock";
import { createTestDatabase } from "./testing/test-database.ts";
import { TEST_AGENT } from "./testing/test-runs.ts";
import { DatabaseUnusable } from "./database/check-database-url.ts";
import { startServer, type Server, type ServerRole } from "./server.ts";

const { db, url: databaseUrl } = await createTestDatabase();
const logger = pino({ level: "silent" });
const home = mkdtempSync(join(tmpdir(), "millrace-server-"));
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function start(
  url: string | undefined = databaseUrl,
  options: { readonly roles?: readonly ServerRole[]; readonly clock?: Clock } = {},
): Promise<Server> {
  const server = await startServer({
    host: "127.0.0.1",
    port: 0,
    home,
    logger,
    ...options,
    ...(url ? { databaseUrl: url } : {}),
  });
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => (closed ??= server.close());
  cleanUps.push(close);
  return { url: server.url, close };
}

async function ask(server: Server, query: string): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers,
    body: JSON.stringify({ query }),
  });
  return answer.json();
}

async function createToken(server: Server, name = "test"): Promise<string> {
  const answer = (await ask(server, `mutation { createAgentToken(name: "${name}") { token } }`)) as {
    data: { createAgentToken: { token: string } };
  };
  return answer.data.createAgentToken.token;
}

test("two replicas on one database share everything: an agent at one is woken by a change at the other", async () => {
  const [one, other] = await Promise.all([start(), start()]);
  const agent = createAgentApiClient(`${one.url}/agent/graphql`, await createToken(other));
  cleanUps.push(() => agent.close());
  const { desiredLocations } = await agent.send(DesiredLocationsDocument, { waitMs: 0 });
  const changed = agent.send(DesiredLocationsDocument, {
    haveRevision: desiredLocations.revision,
    waitMs: 20_000,
  });

  await ask(
    other,
    'mutation { setCodeLocation(name: "flights", document: { workingDirectory: "/p", entry: "d.ts" }) { __typename } }',
  );

  expect((await changed).desiredLocations.locations).toMatchObject([{ name: "flights" }]);
});

test("one server may answer requests and another run the daemons", async () => {
  await db.deleteFrom("daemon_lease").execute();
  const api = await start(databaseUrl, { roles: ["api"] });
  expect(await ask(api, "{ __typename }")).toEqual({ data: { __typename: "Query" } });
  await api.close();
  expect(await db.selectFrom("daemon_lease").selectAll().execute()).toEqual([]);

  const daemons = await start(databaseUrl, { roles: ["daemons"] });
  const statuses = await Promise.all(
    ["/healthz", "/graphql", "/agent/graphql", "/runs"].map(
      async (path) => (await fetch(daemons.url + path)).status,
    ),
  );
  await daemons.close();

  expect(statuses).toEqual([200, 404, 404, 404]);
  expect(await db.selectFrom("daemon_lease").selectAll().execute()).not.toEqual([]);
});

test("held requests are answered when the server closes", async () => {
  const server = await start();
  const agent = createAgentApiClient(`${server.url}/agent/graphql`, await createToken(server, "held"));
  cleanUps.push(() => agent.close());
  await agent.send(RegisterAgentDocument, { input: TEST_AGENT });
  // Set again by the next request, which is the one that is held.
  await db.updateTable("agent_token").set({ last_used_at: null }).where("name", "=", "held").execute();
  const held = agent.send(ClaimWorkDocument, { agentId: "a", queues: ["default"], max: 1, waitMs: 20_000 });
  await vi.waitUntil(
    async () =>
      (await db.selectFrom("agent_token").select("last_used_at").where("name", "=", "held").execute()).every(
        (row) => row.last_used_at,
      ),
    { timeout: 20_000 },
  );

  await server.close();

  expect(await held).toEqual({ claimWork: [] });
});

test("a connection on which nobody has asked yet does not hold up a server that closes", async () => {
  const clock: Clock = { ...systemClock, sleep: (_milliseconds, signal) => untilAbort(signal) };
  const server = await start(databaseUrl, { clock });
  const connection = connect(Number(new URL(server.url).port), "127.0.0.1");
  cleanUps.push(() => connection.destroy());
  await once(connection, "connect");
  const closed = once(connection.resume(), "close");
  await ask(server, "{ __typename }");

  await server.close();

  await closed;
  expect(connection.destroyed).toBe(true);
});

test("half a request does not hold up a server that closes, be it the first of its connection or a later one", async () => {
  // Only moments pass: no limit of a request ends the wait.
  const sleep: Clock["sleep"] = (milliseconds, signal) =>
    milliseconds < 1_000 ? systemClock.sleep(milliseconds, signal) : untilAbort(signal);
  const server = await start(databaseUrl, { clock: { ...systemClock, sleep } });
  const { host, port } = new URL(server.url);
  const open = async (text: string): Promise<Socket> => {
    const connection = connect(Number(port), "127.0.0.1");
    cleanUps.push(() => connection.destroy());
    await once(connection, "connect");
    connection.write(text);
    return connection;
  };
  const post = `POST /graphql HTTP/1.1\r\nHost: ${host}\r\n`;
  const withoutEnd = await open(
    `${post}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"query":`,
  );
  const withoutBody = await open(post);
  const again = await open(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await once(again, "data");
  again.write("GET /healthz HTTP/1.1\r\nHo");
  const closed = [withoutEnd, withoutBody, again].map((connection) => once(connection.resume(), "close"));
  await ask(server, "{ __typename }");

  await server.close();

  expect(await Promise.all(closed)).toHaveLength(3);
});

/** Time that stands still: only what is over ends a wait. */
async function untilAbort(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

test("an embedded database that is killed comes back, and the server with it", async () => {
  const server = await start("");
  cleanUps.unshift(() => {
    rmSync(realpathSync(join(home, "postgres")), { recursive: true });
    rmSync(home, { recursive: true });
  });
  await createToken(server);
  const [postmaster] = readFileSync(join(home, "postgres/data/postmaster.pid"), "utf8").split("\n");

  process.kill(Number(postmaster), "SIGKILL");

  await expect
    .poll(() => ask(server, "{ agentTokens { name } }"), { timeout: 25_000 })
    .toEqual({ data: { agentTokens: [{ name: "test" }] } });
  await vi.waitUntil(async () => (await fetch(`${server.url}/healthz`)).ok, { timeout: 20_000 });
});

test("a database that can't be used is named, without its password", async () => {
  const failing = start("postgresql://someone:secret@127.0.0.1:1/none");

  await expect(failing).rejects.toThrow(DatabaseUnusable);
  await expect(failing).rejects.toThrow(/^(?!.*secret).*ECONNREFUSED/);
});
