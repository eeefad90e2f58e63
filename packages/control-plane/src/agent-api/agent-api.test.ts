import { createHash, randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { systemIds } from "@millrace/model/randomness";
import { NO_SENSED_EVENTS } from "@millrace/model/sensed-events";
import { AgentApiRefused } from "@millrace/protocol/agent-api-client";
import {
  AssetStatesDocument,
  AttemptHeartbeatDocument,
  ClaimWorkDocument,
  CompleteWorkDocument,
  DesiredLocationsDocument,
  FailWorkDocument,
  HeartbeatDocument,
  MissingSnapshotsDocument,
  RegisterAgentDocument,
  ReportLocationDocument,
} from "@millrace/protocol/agent-api.gen";
import { LocationSnapshotSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { createAgentToken, hashToken, revokeAgentToken } from "../agents/agent-token-store.ts";
import { agentState, listAgents } from "../agents/agent-store.ts";
import { setCodeLocation } from "../locations/change-location-store.ts";
import { findCodeLocation } from "../locations/location-store.ts";
import { findServingSnapshot } from "../locations/serving-snapshot.ts";
import { enqueueWork } from "../work/enqueue-work.ts";
import { startAgentApi } from "../testing/test-agent-api.ts";
import { watchQueries } from "../testing/watch-queries.ts";

const { db, url, connectAs } = await startAgentApi();
const { token, agentToken } = await createAgentToken({ db, ids: systemIds }, "default", "test");
const agent = connectAs(token);

const registration = {
  agentId: "agent-1",
  name: "laptop",
  kind: "process",
  version: "0.1.0",
  hostname: "here",
  queues: ["default"],
};

function describeSnapshot(names: readonly string[]): { digest: string; document: Buffer } {
  const snapshot = create(LocationSnapshotSchema, {
    assets: names.map((key) => ({ key, group: "default", executable: true, stepKey: key })),
  });
  const bytes = toBinary(LocationSnapshotSchema, snapshot);
  return {
    digest: createHash("sha256").update(bytes).digest("hex"),
    document: gzipSync(bytes),
  };
}

async function setProject(name: string, entry: string): Promise<void> {
  await setCodeLocation(db, "default", name, { workingDirectory: "/project", entry }, "tester");
}

async function report(revision: number, state: "LOADED" | "FAILED", extra: object): Promise<boolean> {
  const input = { agentId: "agent-1", name: "flights", revision, state, ...extra };
  return (await agent.send(ReportLocationDocument, { input })).reportLocation;
}

test("an agent registers, beats and shows as running with what it reported", async () => {
  const { registerAgent } = await agent.send(RegisterAgentDocument, { input: registration });
  const codeServers = [{ locationName: "flights", revision: 1, state: "serving", place: "process 7" }];
  await agent.send(HeartbeatDocument, {
    input: { agentId: "agent-1", codeServers, runWorkers: [], errors: [] },
  });

  expect(registerAgent).toEqual({
    heartbeatSeconds: 5,
    workerHeartbeatSeconds: 5,
    standbyWorkers: 1,
    stepValueRetentionDays: 30,
  });
  const [found] = await listAgents(db, "default");
  expect(found).toMatchObject({ id: "agent-1", name: "laptop", report: { codeServers } });
  expect(found && agentState(found, Date.now())).toBe("running");
  expect(found && agentState(found, Date.now() + 60_000)).toBe("unreachable");
});

test("a heartbeat of an agent that is not known here is refused with what to do", async () => {
  const input = { agentId: "stranger", codeServers: [], runWorkers: [], errors: [] };

  await expect(agent.send(HeartbeatDocument, { input })).rejects.toMatchObject({
    code: "not_found",
    message: "Agent stranger is not registered here with this token: send `registerAgent` first",
  });
});

test.each([
  ["mra_wrong", /unknown or was revoked/],
  ["mrr_wrong", /run token is unknown/],
  ["hunter2", /no Millrace token/],
])("the token %s is refused as unauthenticated", async (bearer, message) => {
  const answer = connectAs(bearer).send(RegisterAgentDocument, { input: registration });

  await expect(answer).rejects.toThrow(AgentApiRefused);
  await expect(answer).rejects.toMatchObject({
    code: "unauthenticated",
    message: expect.stringMatching(message),
  });
});

test("a request without a token is refused", async () => {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"query":"{agentApiVersion}"}',
  });

  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: "unauthenticated" } }] });
});

test("a revoked token is refused from then on", async () => {
  const { token: other, agentToken: revoked } = await createAgentToken(
    { db, ids: systemIds },
    "default",
    "other",
  );
  const client = connectAs(other);
  await client.send(MissingSnapshotsDocument, { digests: [] });

  expect(await revokeAgentToken(db, "default", revoked.id)).toBe(true);

  await expect(client.send(MissingSnapshotsDocument, { digests: [] })).rejects.toMatchObject({
    code: "unauthenticated",
  });
  expect(agentToken.id).not.toBe(revoked.id);
});

test("a run token is good for its own attempt and nothing else", async () => {
  const runId = randomUUID();
  await db
    .insertInto("run")
    .values({
      id: runId,
      deployment_id: "default",
      location_name: "flights",
      job_name: "daily",
      status: "STARTING",
      attempt: 1,
    })
    .execute();
  const attempt = {
    run_id: runId,
    attempt: 1,
    deployment_id: "default",
    token_hash: hashToken("mrr_good"),
    lease_until: new Date(Date.now() + 60_000),
  };
  await db.insertInto("run_attempt").values(attempt).execute();
  const worker = connectAs("mrr_good");

  expect(await worker.send(AttemptHeartbeatDocument, { runId, attempt: 1 })).toEqual({
    attemptHeartbeat: "CONTINUE",
  });
  await expect(worker.send(AttemptHeartbeatDocument, { runId, attempt: 2 })).rejects.toMatchObject({
    code: "forbidden",
  });
  await expect(
    worker.send(AttemptHeartbeatDocument, { runId: randomUUID(), attempt: 1 }),
  ).rejects.toMatchObject({ code: "forbidden" });
  await expect(worker.send(RegisterAgentDocument, { input: registration })).rejects.toMatchObject({
    code: "forbidden",
  });
  await expect(agent.send(AttemptHeartbeatDocument, { runId, attempt: 1 })).rejects.toMatchObject({
    code: "forbidden",
  });
});

test("a run token reads what is known of assets of its deployment, and of no other", async () => {
  const deployment = { id: "elsewhere", name: "elsewhere" };
  await db.insertInto("deployment").values(deployment).execute();
  const last = { id: "7", runId: null, partitionKey: null, metadata: {}, tags: {}, dataVersion: "v1" };
  const asset = { key: "orders", last_materialized_at: new Date(5_000) };
  for (const [deployment_id, dataVersion] of [
    ["default", "v1"],
    ["elsewhere", "v2"],
  ] as const) {
    const last_materialization = JSON.stringify({ ...last, dataVersion });
    await db
      .insertInto("asset")
      .values({ ...asset, deployment_id, data_version: dataVersion, last_materialization })
      .execute();
  }
  const runId = randomUUID();
  const run = { id: runId, deployment_id: "default", location_name: "l", job_name: "j", status: "STARTED" };
  await db.insertInto("run").values(run).execute();
  await db
    .insertInto("run_attempt")
    .values({
      run_id: runId,
      attempt: 1,
      deployment_id: "default",
      token_hash: hashToken("mrr_reads"),
      lease_until: new Date(Date.now() + 60_000),
    })
    .execute();
  const places = [{ assetKey: "never" }, { assetKey: "orders" }, { assetKey: "orders", partition: "p" }];

  const { assetStates } = await connectAs("mrr_reads").send(AssetStatesDocument, {
    runId,
    attempt: 1,
    places,
  });

  const unknown = { dataVersion: null, materialization: null, observation: null };
  expect(assetStates).toMatchObject([
    unknown,
    { dataVersion: "v1", materialization: { timestamp: 5_000, dataVersion: "v1", provenance: null } },
    unknown,
  ]);
  await expect(agent.send(AssetStatesDocument, { runId, attempt: 1, places })).rejects.toMatchObject({
    code: "forbidden",
  });
});

test("work that is left while an agent asks reaches it, and what it could not do comes back with the reason", async () => {
  const held = agent.send(ClaimWorkDocument, {
    agentId: "agent-1",
    queues: ["default"],
    max: 5,
    waitMs: 20_000,
  });
  const work = {
    kind: "evaluate_sensor",
    locationName: "flights",
    sensorName: "files",
    timeoutSeconds: 300,
    cursor: null,
    lastTickAt: null,
    events: NO_SENSED_EVENTS,
    eventCursor: null,
  } as const;
  const id = await enqueueWork(db, {
    deploymentId: "default",
    queue: "default",
    key: "one",
    work,
    withinSeconds: 60,
  });

  expect((await held).claimWork).toEqual([
    { id, kind: "evaluate_sensor", payload: work, deliveries: 1, isStarted: false, leaseMs: 15_000 },
  ]);

  const failure = { agentId: "agent-1", itemId: id, transient: true, error: { message: "not yet" } };
  expect(await agent.send(FailWorkDocument, failure)).toEqual({ failWork: true });
  const again = await agent.send(ClaimWorkDocument, {
    agentId: "agent-1",
    queues: ["default"],
    max: 5,
    waitMs: 20_000,
  });
  expect(again.claimWork).toMatchObject([{ id, deliveries: 2 }]);
  expect(await agent.send(CompleteWorkDocument, { agentId: "agent-1", itemId: id })).toEqual({
    completeWork: true,
  });
});

test("a broken new revision leaves the old one serving, with its error beside it; the next good one takes over", async () => {
  await setProject("flights", "definitions.ts");
  const { desiredLocations } = await agent.send(DesiredLocationsDocument, { waitMs: 0 });
  expect(desiredLocations.locations).toMatchObject([
    { name: "flights", revision: 1, document: { queue: "default" } },
  ]);
  const changed = agent.send(DesiredLocationsDocument, {
    haveRevision: desiredLocations.revision,
    waitMs: 20_000,
  });

  const first = describeSnapshot(["orders"]);
  expect((await agent.send(MissingSnapshotsDocument, { digests: [first.digest] })).missingSnapshots).toEqual([
    first.digest,
  ]);
  await upload(first);
  expect((await agent.send(MissingSnapshotsDocument, { digests: [first.digest] })).missingSnapshots).toEqual(
    [],
  );
  await report(1, "LOADED", { snapshotDigest: first.digest, codeDigest: "c1", warnings: ["odd"] });
  const watched = watchQueries(db);
  expect([...((await findServingSnapshot(watched.db, "default", "flights"))?.assets.keys() ?? [])]).toEqual([
    "orders",
  ]);
  // Decoded once, when it was uploaded.
  expect(watched.queries.filter(({ sql }) => sql.includes('from "snapshot"'))).toEqual([]);

  await setProject("flights", "broken.ts");
  expect((await changed).desiredLocations.locations).toMatchObject([{ revision: 2 }]);
  await report(2, "FAILED", { error: { name: "SyntaxError", message: "broken.ts:1" } });
  expect((await findServingSnapshot(db, "default", "flights"))?.revision).toBe(1);
  expect(await findCodeLocation(db, "default", "flights")).toMatchObject({
    revision: 2,
    serving: { revision: 1, state: "ready", codeDigest: "c1", warnings: ["odd"] },
    latest: { revision: 2, state: "failed", error: { message: "broken.ts:1" } },
  });

  const third = describeSnapshot(["orders", "clean_orders"]);
  await setProject("flights", "definitions.ts");
  await upload(third);
  await report(3, "LOADED", { snapshotDigest: third.digest });
  await report(1, "LOADED", { snapshotDigest: first.digest });
  expect((await findServingSnapshot(db, "default", "flights"))?.assets.size).toBe(2);
});

async function upload({ digest, document }: { digest: string; document: Buffer }): Promise<void> {
  await agent.upload(`snapshots/${digest}`, document);
}

test("an error with characters that the database can't store is recorded, wherever an agent reports it", async () => {
  await setProject("odd", "definitions.ts");
  const error = { name: "Error", message: "bad \0 byte \ud800", stack: null, cause: null };
  const failed = { agentId: "agent-1", name: "odd", revision: 1, state: "FAILED" as const, error };
  await agent.send(ReportLocationDocument, { input: failed });
  const errors = [{ ...error, location: "odd" }];
  await agent.send(HeartbeatDocument, {
    input: { agentId: "agent-1", codeServers: [], runWorkers: [], errors },
  });

  const shown = { message: "bad \uFFFD byte \uFFFD" };
  expect((await findCodeLocation(db, "default", "odd"))?.latest).toMatchObject({ error: shown });
  expect((await listAgents(db, "default"))[0]?.report).toMatchObject({ errors: [shown] });
});

test("a snapshot must be what its digest says, and must be there before a location counts as loaded", async () => {
  const { digest, document } = describeSnapshot(["a"]);
  const other = describeSnapshot(["b"]).digest;
  const refused = (answer: Promise<unknown>, message: RegExp): Promise<void> =>
    expect(answer).rejects.toMatchObject({ code: "bad_request", message: expect.stringMatching(message) });

  await refused(upload({ digest: other, document }), /has the digest/);
  await refused(upload({ digest, document: Buffer.from("AAAA") }), /does not unpack as gzip/);
  await refused(upload({ digest, document: gzipSync(Buffer.alloc(64 * 1024 * 1024)) }), /does not unpack/);
  await refused(agent.send(MissingSnapshotsDocument, { digests: ["xyz"] }), /not a SHA-256/);
  await refused(report(4, "LOADED", { snapshotDigest: other }), /was not uploaded/);
  await expect(
    agent.send(ReportLocationDocument, {
      input: { agentId: "agent-1", name: "gone", revision: 1, state: "FAILED" },
    }),
  ).rejects.toMatchObject({ code: "not_found" });
});

test("large requests come gzipped", async () => {
  const digests = Array.from({ length: 200 }, (_, index) =>
    createHash("sha256").update(String(index)).digest("hex"),
  );

  expect((await agent.send(MissingSnapshotsDocument, { digests })).missingSnapshots).toEqual(digests);
});

test.each([
  ["no JSON", "{", 400],
  ["no GraphQL", '{"query":"{"}', 200],
  ["an unknown field", '{"query":"{ secrets }"}', 200],
  ["a missing variable", '{"query":"mutation($id: ID!) { unregisterAgent(agentId: $id) }"}', 200],
  ["a wrong id", '{"query":"mutation { completeWork(agentId: \\"agent-1\\", itemId: \\"7\\") }"}', 200],
])("%s is a bad request", async (_what, body, status) => {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };

  const answer = await fetch(url, { method: "POST", headers, body });

  expect({ status: answer.status, body: await answer.json() }).toMatchObject({
    status,
    body: { errors: [{ extensions: { code: "bad_request" } }] },
  });
});

test("a body that is not the gzip it says it is, or of an unknown encoding, is refused", async () => {
  const send = (encoding: string): Promise<Response> =>
    fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-encoding": encoding,
        authorization: `Bearer ${token}`,
      },
      body: "{}",
    });

  expect((await send("gzip")).status).toBe(400);
  expect((await send("br")).status).toBe(415);
});

test("a form of another site can't ask anything", async () => {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "text/plain", authorization: `Bearer ${token}` },
    body: '{"query":"{agentApiVersion}"}',
  });

  expect(answer.status).toBe(415);
});
