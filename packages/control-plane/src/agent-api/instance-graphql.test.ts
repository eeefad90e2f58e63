import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import { createAgentApiClient, type AgentApiClient } from "@millrace/protocol/agent-api-client";
import {
  AddDynamicPartitionsDocument,
  DeleteDynamicPartitionsDocument,
  DynamicPartitionsDocument,
} from "@millrace/protocol/agent-api.gen";
import { createAgentToken, hashToken } from "../agents/agent-token-store.ts";
import { createTestDatabase } from "../database/test-database.ts";
import { createApp } from "../http/create-app.ts";
import { launchAndDequeue, serveLocation, SHOP, TEST_DEPLOYMENT } from "../runs/test-runs.ts";
import { createWakeListener } from "../wake/wake-listener.ts";
import { createAgentApiEndpoint } from "./agent-api-endpoint.ts";

const { db, url: databaseUrl } = await createTestDatabase();
const logger = pino({ level: "silent" });
const bus = createWakeListener(databaseUrl, logger);
const closing = new AbortController();
const app = await createApp({
  db,
  logger,
  endpoints: [createAgentApiEndpoint(db, bus, logger)],
  host: "127.0.0.1",
  closing: closing.signal,
});
const url = `${await app.listen({ host: "127.0.0.1", port: 0 })}/agent/graphql`;
await serveLocation(db, "shop", SHOP);
afterAll(async () => {
  closing.abort();
  await bus.close();
  await app.close();
});

/** A run whose worker may speak, with its client. */
async function startWorker(
  token: string,
): Promise<{ readonly runId: string; readonly client: AgentApiClient }> {
  const { id: runId } = await launchAndDequeue(db);
  await db
    .updateTable("run_attempt")
    .set({ token_hash: hashToken(token) })
    .where("run_id", "=", runId)
    .execute();
  return { runId, client: connectAs(token) };
}

function connectAs(token: string): AgentApiClient {
  const client = createAgentApiClient(url, token);
  afterAll(() => client.close());
  return client;
}

test("a run adds, lists and deletes keys of dynamic partitions of its deployment", async () => {
  const { runId, client } = await startWorker("mrr_one");
  const of = { runId, attempt: 1, name: "files" };

  expect(await client.send(AddDynamicPartitionsDocument, { ...of, keys: ["b", "a", "c"] })).toEqual({
    addDynamicPartitions: 3,
  });
  expect(await client.send(DeleteDynamicPartitionsDocument, { ...of, keys: ["a", "x"] })).toEqual({
    deleteDynamicPartitions: 1,
  });
  expect(await client.send(DynamicPartitionsDocument, { ...of, after: null })).toEqual({
    dynamicPartitions: { keys: ["b", "c"], cursor: null },
  });
  await expect(client.send(AddDynamicPartitionsDocument, { ...of, keys: ["a...b"] })).rejects.toMatchObject({
    code: "bad_request",
  });
});

test("what a run that is over says is refused, as is everybody else", async () => {
  const { runId, client } = await startWorker("mrr_two");
  const adding = { runId, attempt: 1, name: "late", keys: ["a"] };
  const { token } = await createAgentToken(db, TEST_DEPLOYMENT, "test");
  await db.updateTable("run").set({ status: "FAILURE" }).where("id", "=", runId).execute();

  await expect(client.send(AddDynamicPartitionsDocument, adding)).rejects.toMatchObject({
    code: "attempt_superseded",
  });
  await expect(client.send(AddDynamicPartitionsDocument, { ...adding, attempt: 2 })).rejects.toMatchObject({
    code: "forbidden",
  });
  await expect(connectAs(token).send(AddDynamicPartitionsDocument, adding)).rejects.toMatchObject({
    code: "forbidden",
  });
});
