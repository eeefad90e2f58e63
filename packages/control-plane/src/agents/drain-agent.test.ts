import { systemIds } from "@millrace/model/randomness";
import { agentQueue } from "@millrace/model/runs/work-item";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { TEST_AGENT, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { enqueueWork } from "../work/enqueue-work.ts";
import { createWakeListener } from "../wake/wake-listener.ts";
import { waitForWork } from "../work/wait-for-work.ts";
import { claimWork } from "../work/work-store.ts";
import { drainAgent, listAgents, registerAgent } from "./agent-store.ts";
import { createAgentToken, findAgentIdentity } from "./agent-token-store.ts";

const { db, url } = await createTestDatabase();
const bus = createWakeListener(url, createTestContext(db));
const context = createTestContext(db, { bus });
beforeAll(() => vi.waitUntil(() => bus.isListening(), { timeout: 20_000 }));
afterAll(() => bus.close());
const { agentToken, token } = await createAgentToken({ db, ids: systemIds }, TEST_DEPLOYMENT, "test");
const tokenId = agentToken.id;
const own = agentQueue("a");
const claim = { deploymentId: TEST_DEPLOYMENT, tokenId, agentId: "a", queues: ["default", own], max: 10 };
const never = new AbortController().signal;

function enqueue(queue: string, key: string): Promise<unknown> {
  const work = { kind: "terminate_run", runId: key, attempt: 1, graceSeconds: 1 } as const;
  return enqueueWork(db, { deploymentId: TEST_DEPLOYMENT, queue, key, work, withinSeconds: 60 });
}

test("an agent that is drained gets no more work of its queues, also by a request that it has held, but what is for it alone", async () => {
  await registerAgent(db, { deploymentId: TEST_DEPLOYMENT, tokenId }, TEST_AGENT);
  const held = waitForWork(context, claim, { waitMs: 60_000, signal: never });

  expect(await drainAgent(db, TEST_DEPLOYMENT, "a", true)).toMatchObject({ drainedAt: expect.any(Date) });
  expect(await held).toEqual([]);
  expect(await findAgentIdentity(db, token)).toMatchObject({ drainedAgentIds: ["a"] });
  await enqueue("default", "for-all");
  await enqueue(own, "for-it");
  expect(await claimWork(db, claim)).toEqual([]);
  expect(await claimWork(db, { ...claim, queues: [own] })).toMatchObject([{ payload: { runId: "for-it" } }]);

  await registerAgent(db, { deploymentId: TEST_DEPLOYMENT, tokenId }, TEST_AGENT);
  expect(await listAgents(db, TEST_DEPLOYMENT)).toMatchObject([{ drainedAt: expect.any(Date) }]);
  const heldAgain = waitForWork(context, { ...claim, queues: [own] }, { waitMs: 60_000, signal: never });
  await drainAgent(db, TEST_DEPLOYMENT, "a", false);
  expect(await heldAgain).toEqual([]);
  expect(await claimWork(db, claim)).toMatchObject([{ payload: { runId: "for-all" } }]);
  expect(await drainAgent(db, TEST_DEPLOYMENT, "nobody", true)).toBeNull();
});
