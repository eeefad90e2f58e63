import { sql } from "kysely";
import { beforeAll, expect, test } from "vitest";
import { agentQueue, type LaunchRunWork } from "@millrace/model/runs/work-item";
import { systemIds } from "@millrace/model/randomness";
import { createAgentToken } from "../../agents/agent-token-store.ts";
import { registerAgent, unregisterAgent } from "../../agents/agent-store.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import {
  GREETED,
  launchAndDequeue,
  lifeEvent,
  repeatTestRun,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  TEST_SETTINGS,
  TEST_WORK_EFFECTS,
} from "../../testing/test-runs.ts";
import { ALL_STEPS } from "../reexecution/reexecute-run.ts";
import { dequeueRuns } from "../../run-queue/dequeue-runs.ts";
import { reapWork } from "../../work/reap-work.ts";
import { claimWork } from "../../work/work-store.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { startAttempt } from "./attempt-store.ts";
import { reportWorkerExit } from "./report-worker-exit.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);
let tokenId = "";
beforeAll(async () => {
  const created = await createAgentToken({ db, ids: systemIds }, TEST_DEPLOYMENT, "test");
  tokenId = created.agentToken.id;
});

async function register(agentId: string): Promise<void> {
  const said = {
    agentId,
    name: `the ${agentId}`,
    kind: "process",
    version: "1",
    hostname: "h",
    queues: ["default"],
  };
  await registerAgent(db, { deploymentId: TEST_DEPLOYMENT, tokenId }, said);
}

/** What an agent gets of a run from a queue. */
async function claim(runId: string, agentId: string, queue: string): Promise<LaunchRunWork[]> {
  const items = await claimWork(db, {
    deploymentId: TEST_DEPLOYMENT,
    tokenId,
    agentId,
    queues: [queue],
    max: 100,
  });
  return items.map(({ payload }) => payload as LaunchRunWork).filter((work) => work.runId === runId);
}

/** A run whose worker, on agent `near`, died in its second step; it may go on `resumes` times. */
async function dieInTheMiddle(resumes: number, beforeItIsTold = async () => {}): Promise<string> {
  const { id } = await launchAndDequeue(db, { tags: { "millrace/max_resume_attempts": String(resumes) } });
  expect(await claim(id, "near", "default")).toHaveLength(1);
  await db.updateTable("work_item").set({ state: "done" }).where("state", "=", "claimed").execute();
  const of = { runId: id, attempt: 1 };
  await startAttempt(db, { ...of, workerId: "w", place: "7@h", codeDigest: null, agentId: "near" });
  await appendRunEvents(db, { ...of, firstSequence: 0, events: [lifeEvent("RUN_START"), ...GREETED] });
  await beforeItIsTold();
  await reportWorkerExit(db, {
    ...of,
    deploymentId: TEST_DEPLOYMENT,
    agentId: "near",
    workerId: "w",
    end: { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null },
  });
  return id;
}

test("a run goes on where its values are, while that agent is there, and knows whose they are", async () => {
  await register("near");
  await register("far");
  const id = await dieInTheMiddle(1);

  expect(await claim(id, "far", "default")).toEqual([]);
  expect(await claim(id, "near", agentQueue("near"))).toMatchObject([
    { runId: id, attempt: 2, history: { storedOn: { agentId: "near", agentName: "the near" } } },
  ]);
});

test("an agent that was cut off is there again with the first that it says, before its next heartbeat", async () => {
  await register("near");
  const id = await dieInTheMiddle(1, async () => {
    const earlier = sql<Date>`now() - interval '20 seconds'`;
    await db.updateTable("agent").set({ last_heartbeat_at: earlier }).where("id", "=", "near").execute();
  });
  await reapWork(db, TEST_WORK_EFFECTS, TEST_DEPLOYMENT);

  expect(await claim(id, "far", "default")).toEqual([]);
  expect(await claim(id, "near", agentQueue("near"))).toMatchObject([{ runId: id, attempt: 2 }]);
});

test("an agent that has gone before it took the run leaves it to the others, who are told where the values are", async () => {
  await register("near");
  const id = await dieInTheMiddle(1);
  await reapWork(db, TEST_WORK_EFFECTS, TEST_DEPLOYMENT);
  expect(await claim(id, "far", "default")).toEqual([]);

  await unregisterAgent(db, TEST_DEPLOYMENT, "near");
  await reapWork(db, TEST_WORK_EFFECTS, TEST_DEPLOYMENT);
  expect(await claim(id, "far", "default")).toMatchObject([
    { runId: id, attempt: 2, history: { storedOn: { agentName: "the near" } } },
  ]);
});

test("with that agent gone already, whoever serves the location goes on", async () => {
  await register("near");
  const id = await dieInTheMiddle(0);
  await unregisterAgent(db, TEST_DEPLOYMENT, "near");
  const again = await repeatTestRun(db, id, { ...ALL_STEPS, strategy: "FROM_FAILURE" });
  await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);

  expect(await claim(again.id, "far", "default")).toMatchObject([
    { runId: again.id, attempt: 1, history: { storedOn: { agentId: "near" } } },
  ]);
});

test("a run that repeats a part of another goes where that one ran", async () => {
  await register("near");
  const id = await dieInTheMiddle(0);
  const again = await repeatTestRun(db, id, { ...ALL_STEPS, strategy: "FROM_FAILURE" });
  await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);

  expect(await claim(again.id, "far", "default")).toEqual([]);
  expect(await claim(again.id, "near", agentQueue("near"))).toMatchObject([{ runId: again.id, attempt: 1 }]);
});
