import { expect, test } from "vitest";
import { parseSettingsInput } from "../../deployments/settings.ts";
import { listActiveRuns } from "../../run-queue/queue-store.ts";
import { dequeueRuns } from "../../run-queue/dequeue-runs.ts";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import {
  getTestRun,
  launchAndDequeue,
  launchInput,
  launchTestRun,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../../testing/test-runs.ts";
import { heartbeatAttempt, startAttempt } from "../attempts/attempt-store.ts";
import { failLostAttempts } from "../attempts/end-attempt.ts";
import { reportWorkerExit } from "../attempts/report-worker-exit.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { countUnfinishedRuns } from "../run-store.ts";
import { endStuckCancellations } from "./cancel-timeout.ts";
import { endOverdueRuns } from "./run-timeout.ts";
import { terminateRun } from "./terminate-run.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);

const getRun = (id: string) => getTestRun(db, id);
const beat = (id: string) => heartbeatAttempt(db, id, 1, "w1");
const heldSlots = async () => (await listActiveRuns(db, TEST_DEPLOYMENT)).map(({ id }) => id);

/** A run whose worker has begun, no agent of which is left. */
async function startedRun(tags: Readonly<Record<string, string>> = {}): Promise<string> {
  const { id } = await launchAndDequeue(db, { tags });
  await startAttempt(db, { runId: id, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null });
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events: [lifeEvent("RUN_START")] });
  return id;
}

/** A worker that says that it lives, as it does while its main thread is busy, and does nothing else. */
async function liveOn(id: string, seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 5) {
    await advance(Math.min(5, left));
    await beat(id);
  }
}

test("a run whose worker does not stop is canceled after the setting's time, and says why", async () => {
  const id = await startedRun();
  await terminateRun(db, TEST_DEPLOYMENT, id);
  await liveOn(id, 179);
  expect(await endStuckCancellations(db, TEST_DEPLOYMENT)).toEqual([]);
  await liveOn(id, 1);

  expect(await endStuckCancellations(db, TEST_DEPLOYMENT)).toEqual([{ runId: id, attempt: 1, place: "1@h" }]);

  expect((await getRun(id)).status).toBe("CANCELED");
  const { message } = await db
    .selectFrom("run_event")
    .select("message")
    .where("run_id", "=", id)
    .where("type", "=", "RUN_CANCELED")
    .executeTakeFirstOrThrow();
  expect(message).toContain("Worker 1@h was asked to stop and has not within 180 s");
  expect(await beat(id)).toBe("SUPERSEDED");
  expect(await endStuckCancellations(db, TEST_DEPLOYMENT)).toEqual([]);
  await advance(61);
  await failLostAttempts(db, TEST_DEPLOYMENT);
});

test("its slot is held until its lease is over, or its agent says that the worker is gone", async () => {
  const silent = await startedRun();
  const killed = await startedRun();
  await terminateRun(db, TEST_DEPLOYMENT, silent);
  await terminateRun(db, TEST_DEPLOYMENT, killed);
  for (let passed = 0; passed < 180; passed += 5) {
    await liveOn(killed, 5);
    await beat(silent);
  }
  await endStuckCancellations(db, TEST_DEPLOYMENT);
  expect((await getRun(killed)).status).toBe("CANCELED");
  const next = await launchTestRun(db, TEST_DEPLOYMENT, launchInput());
  const settings = parseSettingsInput({ max_concurrent_runs: 2 });

  expect(await heldSlots()).toEqual(expect.arrayContaining([silent, killed]));
  expect((await countUnfinishedRuns(db, TEST_DEPLOYMENT)).active).toBe(2);
  expect(await dequeueRuns(db, TEST_DEPLOYMENT, settings)).toBe(0);
  const tagged = {
    ...settings,
    tagConcurrencyLimits: [{ key: "none", value: null, perUniqueValue: false, limit: 1 }],
  };
  expect(await dequeueRuns(db, TEST_DEPLOYMENT, tagged)).toBe(0);

  await reportWorkerExit(db, {
    deploymentId: TEST_DEPLOYMENT,
    agentId: "a",
    runId: killed,
    attempt: 1,
    workerId: "w1",
    end: { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null },
  });
  expect(await heldSlots()).toEqual([silent]);
  expect(await dequeueRuns(db, TEST_DEPLOYMENT, settings)).toBe(1);
  expect((await getRun(next.id)).status).toBe("STARTING");

  await advance(61);
  await failLostAttempts(db, TEST_DEPLOYMENT);
  expect(await heldSlots()).toEqual([next.id]);
  expect((await getRun(silent)).status).toBe("CANCELED");
  await terminateRun(db, TEST_DEPLOYMENT, next.id);
});

test("a run that was to stop as it took too long fails for that", async () => {
  const id = await startedRun({ "millrace/max_runtime": "10" });
  await liveOn(id, 10);
  await endOverdueRuns(db, TEST_DEPLOYMENT);
  await liveOn(id, 180);

  await endStuckCancellations(db, TEST_DEPLOYMENT);

  expect(await getRun(id)).toMatchObject({ status: "FAILURE", failureReason: "MAX_RUNTIME_EXCEEDED" });
});

test("a worker that stops in time is none of it", async () => {
  const id = await startedRun();
  await terminateRun(db, TEST_DEPLOYMENT, id);
  await liveOn(id, 20);
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 1, events: [lifeEvent("RUN_CANCELED")] });
  await advance(300);

  expect(await endStuckCancellations(db, TEST_DEPLOYMENT)).toEqual([]);
});
