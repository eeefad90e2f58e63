import { expect, test } from "vitest";
import { systemIds } from "@millrace/model/randomness";
import type { AgentApiClient } from "@millrace/protocol/agent-api-client";
import {
  AddDynamicPartitionsDocument,
  DeleteDynamicPartitionsDocument,
  DynamicPartitionsDocument,
} from "@millrace/protocol/agent-api.gen";
import { createAgentToken, hashToken } from "../agents/agent-token-store.ts";
import { launchAndDequeue, serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { startAgentApi } from "../testing/test-agent-api.ts";

const { db, connectAs } = await startAgentApi();
await serveLocation(db, "shop", SHOP);

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
  const { token } = await createAgentToken({ db, ids: systemIds }, TEST_DEPLOYMENT, "test");
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
