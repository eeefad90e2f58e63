import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { systemClock } from "@millrace/model/time/clock";
import { agentQueue } from "@millrace/model/runs/work-item";
import { createClaimDesk } from "../../claims/claim-desk.ts";
import type { ClaimedWork, ClaimInput } from "../../claims/claim.ts";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import {
  codeDigestOf,
  LAUNCH_CONTEXT,
  launchInput,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  TEST_ORIGIN,
  TEST_WORK_EFFECTS,
} from "../../testing/test-runs.ts";
import { reapWork } from "../../work/reap-work.ts";
import { completeWork, failWork, retryWork } from "../../work/settle-work.ts";
import { claimWork, releaseWork } from "../../work/work-store.ts";
import { startAttempt } from "../attempts/attempt-store.ts";
import { failLostAttempts } from "../attempts/end-attempt.ts";
import { reportWorkerExit } from "../attempts/report-worker-exit.ts";
import { terminateRun } from "../ending/terminate-run.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { findRun, findWorkers } from "../run-store.ts";
import { launchAndStart } from "./launch-and-start.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);
await serveLocation(db, "shop", SHOP);
const claims = createClaimDesk();
beforeEach(() => sql`delete from work_item`.execute(db));
const OFFER = {
  locationName: "shop",
  revision: 2,
  codeDigest: codeDigestOf(2),
  workerId: "w1",
  place: "1@host",
};
const claimOf = (agentId: string): ClaimInput => ({
  deploymentId: TEST_DEPLOYMENT,
  agentId,
  queues: ["default", agentQueue(agentId)],
  max: 5,
});

/** Launches a run while agent `a` offers a worker; gives what its claim is answered. */
async function launchFor(offer = OFFER): Promise<{ id: string; item: ClaimedWork }> {
  const open = claims.open({ ...claimOf("a"), offers: [offer] });
  const request = { target: launchInput({}), origin: TEST_ORIGIN, key: null, lineage: null };
  const { id } = await launchAndStart(db, TEST_DEPLOYMENT, request, { ...LAUNCH_CONTEXT, claims });
  const item = await open.close(systemClock);
  if (item === null) throw new Error("the claim was given nothing");
  return { id, item };
}

const startAs = (runId: string, workerId: string, insteadOf: string | null = null) =>
  startAttempt(db, { runId, attempt: 1, workerId, place: `1@${workerId}`, codeDigest: null, insteadOf });
const speakAs = (runId: string, workerId: string) =>
  appendRunEvents(db, { runId, attempt: 1, workerId, firstSequence: 0, events: [lifeEvent("RUN_START")] });
const workerOf = async (id: string) => (await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id);
const statusOf = async (id: string) => (await findRun(db, TEST_DEPLOYMENT, id))?.status;
const held = (item: ClaimedWork, agentId = "a") => ({ deploymentId: TEST_DEPLOYMENT, agentId, id: item.id });

/** Waits until the lease of lost items is over. */
async function untilRedelivered(): Promise<void> {
  await advance(16);
  await reapWork(db, TEST_WORK_EFFECTS, TEST_DEPLOYMENT);
}

test("a launch begins its attempt for the worker that the claim offers, and no other may begin", async () => {
  const { id, item } = await launchFor();

  expect(item).toMatchObject({ isStarted: true, deliveries: 1, payload: { runId: id, startedFor: "w1" } });
  expect(await workerOf(id)).toMatchObject({ state: "running", place: "1@host", agentId: "a" });
  expect(await startAs(id, "w2")).toBe("SUPERSEDED");
  expect(await speakAs(id, "w1")).toMatchObject({ directive: "CONTINUE" });
  expect(await completeWork(db, TEST_WORK_EFFECTS, held(item), { place: "" })).toBe(true);
  expect(await statusOf(id)).toBe("STARTED");
});

test("a worker of an older version, or of other code, has nothing begun for it", async () => {
  for (const offer of [
    { ...OFFER, revision: 1, codeDigest: codeDigestOf(1) },
    { ...OFFER, codeDigest: "changed meanwhile" },
    { ...OFFER, locationName: "bank" },
  ]) {
    const { id, item } = await launchFor(offer);
    expect(item.isStarted).toBe(false);
    expect(item.payload).not.toHaveProperty("startedFor");
    expect(await startAs(id, "w2")).toBe("CONTINUE");
  }
});

test("after a lost answer the agent alone gets it again, and the worker asks, or another one in its place", async () => {
  const { id, item } = await launchFor();
  await untilRedelivered();

  expect(await claimWork(db, claimOf("b"))).toEqual([]);
  const [again] = await claimWork(db, claimOf("a"));
  expect(again).toMatchObject({ id: item.id, deliveries: 2, payload: item.payload });
  expect(again).not.toHaveProperty("isStarted");
  expect(await startAs(id, "w1", "w1")).toBe("CONTINUE");
  expect(await startAs(id, "w2", "another")).toBe("SUPERSEDED");
  expect(await startAs(id, "w2", "w1")).toBe("CONTINUE");
  // The first one has it no more, should it come to it after all.
  expect(await startAs(id, "w1")).toBe("SUPERSEDED");
  expect(await startAs(id, "w3", "w1")).toBe("SUPERSEDED");
  expect(await speakAs(id, "w1")).toMatchObject({ directive: "SUPERSEDED" });
  expect(await speakAs(id, "w2")).toMatchObject({ directive: "CONTINUE" });
});

test("nobody takes the place of a worker that has said something", async () => {
  const { id } = await launchFor();
  await speakAs(id, "w1");

  expect(await startAs(id, "w2", "w1")).toBe("SUPERSEDED");
});

test("a worker that died before it took its run leaves the launch to its next delivery", async () => {
  const { id } = await launchFor();
  const end = { how: "never_started", exitCode: null, detail: null, lastOutput: null } as const;
  const exit = { deploymentId: TEST_DEPLOYMENT, agentId: "a", runId: id, attempt: 1, workerId: "w1", end };

  expect(await reportWorkerExit(db, exit)).toBe("SUPERSEDED");
  expect(await startAs(id, "w2", "w1")).toBe("CONTINUE");
  expect(await reportWorkerExit(db, exit)).toBe("SUPERSEDED");
  expect(await workerOf(id)).toMatchObject({ state: "running", place: "1@w2" });
});

test("an agent that can't start any worker leaves the launch to all, and then it fails with the cause", async () => {
  const { id, item } = await launchFor();
  expect(await retryWork(db, TEST_WORK_EFFECTS, held(item), { message: "no room" })).toBe(true);
  expect(await workerOf(id)).toMatchObject({ state: "assigned" });
  await advance(20);

  const [again] = await claimWork(db, claimOf("b"));
  expect(again?.id).toBe(item.id);
  expect(await statusOf(id)).toBe("STARTING");
  await failWork(db, TEST_WORK_EFFECTS, held(item, "b"), { message: "no such job", error: {} });
  expect(await findRun(db, TEST_DEPLOYMENT, id)).toMatchObject({
    status: "FAILURE",
    failureReason: "LAUNCH_FAILURE",
  });

  const other = await launchFor();
  await failWork(db, TEST_WORK_EFFECTS, held(other.item), { message: "no such job", error: {} });
  expect(await findRun(db, TEST_DEPLOYMENT, other.id)).toMatchObject({ failureReason: "LAUNCH_FAILURE" });
});

test("where the agent had hung up before it was answered, any agent has the launch, and cancels are at once", async () => {
  const { id, item } = await launchFor();
  await releaseWork(db, TEST_DEPLOYMENT, "a", [item.id]);
  const [again] = await claimWork(db, claimOf("b"));
  expect(again?.payload).toMatchObject({ runId: id });
  expect(await startAs(id, "w2", "w1")).toBe("CONTINUE");

  const other = await launchFor();
  await releaseWork(db, TEST_DEPLOYMENT, "a", [other.item.id]);
  expect(await terminateRun(db, TEST_DEPLOYMENT, other.id)).toEqual({ kind: "canceled" });
  expect(await startAs(other.id, "w1")).toBe("SUPERSEDED");
});

test("a run of an agent that is gone for good is that of a lost worker", async () => {
  const { id } = await launchFor();
  await untilRedelivered();
  await sql`update agent set stopped_at = now()`.execute(db);
  await advance(3_600);
  await failLostAttempts(db, TEST_DEPLOYMENT);

  expect(await findRun(db, TEST_DEPLOYMENT, id)).toMatchObject({
    status: "FAILURE",
    failureReason: "WORKER_LOST",
  });
  expect(await startAs(id, "w2", "w1")).toBe("SUPERSEDED");
});

test("a claim whose token is good no more has nothing begun for it", async () => {
  const open = claims.open({
    ...claimOf("a"),
    offers: [OFFER],
    tokenId: "00000000-0000-4000-8000-000000000000",
  });
  const request = { target: launchInput({}), origin: TEST_ORIGIN, key: null, lineage: null };
  const { id } = await launchAndStart(db, TEST_DEPLOYMENT, request, { ...LAUNCH_CONTEXT, claims });

  expect(await open.close(systemClock)).toBeNull();
  expect(await workerOf(id)).toMatchObject({ state: "assigned" });
  const [item] = await claimWork(db, claimOf("b"));
  expect(item?.payload).toMatchObject({ runId: id });
  expect(item?.payload).not.toHaveProperty("startedFor");
});
