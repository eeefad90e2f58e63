import { createHash } from "node:crypto";
import { sql } from "kysely";
import { beforeAll, describe, expect, test } from "vitest";
import { systemIds } from "@millrace/model/randomness";
import type { LaunchRunWork } from "@millrace/model/runs/work-item";
import { createAgentToken } from "../agents/agent-token-store.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { startAgentApi } from "../testing/test-agent-api.ts";
import {
  claimLaunch,
  launchAndDequeue,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../testing/test-runs.ts";
import { agentApiSchema } from "./agent-api-schema.ts";

/** Two deployments that are alike: the second one's tokens ask for what is the first one's. */
const { db, url } = await startAgentApi();
const digest = createHash("sha256").update("canary").digest("hex");
let tokenOfTwin = "";
let tokenOfOtherRun = "";
let run = { runId: "", itemId: "" };

beforeAll(async () => {
  await db.insertInto("deployment").values({ id: "twin", name: "twin" }).execute();
  for (const deploymentId of [TEST_DEPLOYMENT, "twin"]) await serveLocation(db, "shop", SHOP, deploymentId);
  await db
    .insertInto("snapshot")
    .values({ digest: Buffer.from(digest, "hex"), document: Buffer.from(""), size: 0 })
    .execute();
  await db
    .insertInto("deployment_snapshot")
    .values({ deployment_id: TEST_DEPLOYMENT, digest: Buffer.from(digest, "hex") })
    .execute();

  const { id: runId } = await launchAndDequeue(db);
  await claimLaunch(db, runId);
  const item = await db.selectFrom("work_item").select("id").executeTakeFirstOrThrow();
  await startAttempt(db, {
    runId,
    attempt: 1,
    workerId: "w",
    place: "1@h",
    agentId: "agent-1",
    codeDigest: null,
  });
  await appendRunEvents(db, { runId, attempt: 1, firstSequence: 0, events: [lifeEvent("RUN_START")] });
  run = { runId, itemId: item.id };

  tokenOfTwin = (await createAgentToken({ db, ids: systemIds }, "twin", "twin")).token;
  const input = `{agentId: "agent-1", name: "n", kind: "k", version: "1", hostname: "h", queues: ["default"]}`;
  await ask(tokenOfTwin, `mutation { registerAgent(input: ${input}) { heartbeatSeconds } }`);
  // Another run of the first deployment, whose token counts for that run alone.
  const { id: other } = await launchAndDequeue(db);
  const launch = (await claimLaunch(db, other)) as LaunchRunWork & { readonly runToken: string };
  tokenOfOtherRun = launch.runToken;
});

/** By field: how the twin's token asks for what is the other's, and what it is told. */
const PROBES: Readonly<Record<string, () => readonly [query: string, answer: unknown]>> = {
  // These name nothing of another deployment: an agent of that name is its own one.
  agentApiVersion: () => [`{ agentApiVersion }`, { data: { agentApiVersion: "1" } }],
  registerAgent: () => [
    `mutation { registerAgent(input: {agentId: "agent-1", name: "twin", kind: "k", version: "1", hostname: "h", queues: []}) { heartbeatSeconds } }`,
    { data: { registerAgent: { heartbeatSeconds: 5 } } },
  ],
  heartbeat: () => [
    `mutation { heartbeat(input: {agentId: "agent-1", codeServers: [], runWorkers: [], errors: []}) { heartbeatSeconds } }`,
    { data: { heartbeat: { heartbeatSeconds: 5 } } },
  ],
  desiredLocations: () => [
    `mutation { desiredLocations(waitMs: 0) { locations { name } } }`,
    { data: { desiredLocations: { locations: [{ name: "shop" }] } } },
  ],

  // These name something of the other deployment, which is not there for it.
  claimWork: () => [
    `mutation { claimWork(agentId: "agent-1", queues: ["default"], max: 9, waitMs: 0) { id } }`,
    { data: { claimWork: [] } },
  ],
  extendLeases: () => [
    `mutation { extendLeases(agentId: "agent-1", itemIds: ["${run.itemId}"]) }`,
    { data: { extendLeases: [] } },
  ],
  completeWork: () => [
    `mutation { completeWork(agentId: "agent-1", itemId: "${run.itemId}") }`,
    { data: { completeWork: false } },
  ],
  completeWorks: () => [
    `mutation { completeWorks(agentId: "agent-1", results: [{ itemId: "${run.itemId}" }]) }`,
    { data: { completeWorks: [] } },
  ],
  failWork: () => [
    `mutation { now: failWork(agentId: "agent-1", itemId: "${run.itemId}", transient: false, error: "forged")
      later: failWork(agentId: "agent-1", itemId: "${run.itemId}", transient: true, error: "forged") }`,
    { data: { now: false, later: false } },
  ],
  missingSnapshots: () => [
    `mutation { missingSnapshots(digests: ["${digest}"]) }`,
    { data: { missingSnapshots: [digest] } },
  ],
  reportLocation: () => [
    `mutation { reportLocation(input: {agentId: "agent-1", name: "shop", revision: 1, state: LOADED, snapshotDigest: "${digest}"}) }`,
    { errors: [{ extensions: { code: "bad_request" } }] },
  ],
  reportWorkerExit: () => [
    `mutation { reportWorkerExit(input: {agentId: "agent-1", runId: "${run.runId}", attempt: 1, workerId: "w", how: EXITED, exitCode: 1}) }`,
    { errors: [{ extensions: { code: "not_found" } }] },
  ],

  expiredRuns: () => [
    // As of any run that it does not know: what it may remove lies in its own storage.
    `{ expiredRuns(agentId: "agent-1", runIds: ["${run.runId}"]) }`,
    { data: { expiredRuns: [run.runId] } },
  ],

  // The last one: its own agent is gone after it.
  unregisterAgent: () => [
    `mutation { unregisterAgent(agentId: "agent-1") }`,
    { data: { unregisterAgent: true } },
  ],
};

const FORBIDDEN = { errors: [{ extensions: { code: "forbidden" } }] };

/** Likewise for the token of a run: another run is not its. */
const RUN_PROBES: Readonly<Record<string, () => string>> = {
  startAttempt: () =>
    `mutation { startAttempt(input: {runId: "${run.runId}", attempt: 1, workerId: "w", place: "p"}) }`,
  appendEvents: () =>
    `mutation { appendEvents(runId: "${run.runId}", attempt: 1, firstSequence: 1, events: []) { nextSequence } }`,
  noteLogChunk: () =>
    `mutation { noteLogChunk(runId: "${run.runId}", attempt: 1, stream: "stdout", offset: 0, length: 1, lineCount: 0, place: "s3://other") { nextOffset } }`,
  putLogChunk: () =>
    `mutation { putLogChunk(runId: "${run.runId}", attempt: 1, stream: "stdout", offset: 0, bytes: "YQ==") { nextOffset } }`,
  attemptHeartbeat: () => `mutation { attemptHeartbeat(runId: "${run.runId}", attempt: 1) }`,
  assetStates: () =>
    `{ assetStates(runId: "${run.runId}", attempt: 1, places: [{assetKey: "orders"}]) { dataVersion } }`,
  dynamicPartitions: () => `{ dynamicPartitions(runId: "${run.runId}", attempt: 1, name: "n") { keys } }`,
  addDynamicPartitions: () =>
    `mutation { addDynamicPartitions(runId: "${run.runId}", attempt: 1, name: "n", keys: ["k"]) }`,
  deleteDynamicPartitions: () =>
    `mutation { deleteDynamicPartitions(runId: "${run.runId}", attempt: 1, name: "n", keys: ["k"]) }`,
  claimPoolSlot: () =>
    `mutation { claimPoolSlot(runId: "${run.runId}", attempt: 1, stepKey: "s", pool: "p", waitMs: 0) }`,
  freePoolSlot: () => `mutation { freePoolSlot(runId: "${run.runId}", attempt: 1, stepKey: "s") }`,
};

/** What any run or tick of the deployment may see; those of another one see their own, see deployment-graphql.test.ts. */
const READER_PROBES: Readonly<Record<string, () => string>> = {
  runs: () => `{ runs(filter: {tags: [], limit: 9}) { runId } }`,
  assetPartitions: () => `{ assetPartitions(assetKey: "orders", state: missing) { keys } }`,
  assetHistory: () =>
    `{ assetHistory(filter: {assetKey: "orders", kind: materialization, limit: 9}) { runId } }`,
  launchedRunKeys: () => `{ launchedRunKeys(keys: ["k"]) }`,
};

async function ask(token: string, query: string): Promise<unknown> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) });
  return answer.json();
}

/** A hash of every row that a deployment has, by table. */
async function fingerprint(deploymentId: string): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }>`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'deployment_id' order by 1`.execute(db);
  const hashes = await Promise.all(
    tables.rows.map(async ({ name }) => {
      const found = await sql<{ hash: string }>`
        select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash
        from ${sql.table(name)} t where deployment_id = ${deploymentId}`.execute(db);
      return [name, found.rows[0]?.hash ?? ""] as const;
    }),
  );
  return Object.fromEntries(hashes);
}

test("every field has a probe", () => {
  const fields = [agentApiSchema.getQueryType(), agentApiSchema.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}),
  );

  const probes = { ...PROBES, ...RUN_PROBES, ...READER_PROBES };
  expect(Object.keys(probes).toSorted()).toEqual(fields.toSorted());
});

describe("a token of another deployment", () => {
  test.each(Object.keys(PROBES))("can do nothing to this one by %s", async (field) => {
    const [query, answer] = PROBES[field]?.() ?? ["", null];
    const before = await fingerprint(TEST_DEPLOYMENT);

    expect(await ask(tokenOfTwin, query)).toMatchObject(answer as object);

    expect(await fingerprint(TEST_DEPLOYMENT)).toEqual(before);
  });

  const ofRuns = { ...RUN_PROBES, ...READER_PROBES };
  test.each(Object.keys(ofRuns))("is no token for what runs ask by %s", async (field) => {
    const before = await fingerprint(TEST_DEPLOYMENT);

    expect(await ask(tokenOfTwin, ofRuns[field]?.() ?? "")).toMatchObject(FORBIDDEN);

    expect(await fingerprint(TEST_DEPLOYMENT)).toEqual(before);
  });
});

describe("a token of another run", () => {
  test.each(Object.keys(RUN_PROBES))("can do nothing to this one by %s", async (field) => {
    const before = await fingerprint(TEST_DEPLOYMENT);

    expect(await ask(tokenOfOtherRun, RUN_PROBES[field]?.() ?? "")).toMatchObject(FORBIDDEN);

    expect(await fingerprint(TEST_DEPLOYMENT)).toEqual(before);
  });

  test.each(Object.keys(PROBES).filter((name) => name !== "agentApiVersion"))(
    "is no token for what agents ask by %s",
    async (field) => {
      const [query] = PROBES[field]?.() ?? [""];
      const before = await fingerprint(TEST_DEPLOYMENT);

      expect(await ask(tokenOfOtherRun, query)).toMatchObject({
        errors: [{ extensions: { code: "forbidden" } }],
      });

      expect(await fingerprint(TEST_DEPLOYMENT)).toEqual(before);
    },
  );
});
