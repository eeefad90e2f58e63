import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { tickOnce } from "../../daemons/tick-once.ts";
import { parseSettingsInput } from "../../deployments/settings.ts";
import { putLogChunk } from "../../logs/log-store.ts";
import { TEST_LOGS } from "../../testing/memory-log-storage.ts";
import { dequeueRuns } from "../../run-queue/dequeue-runs.ts";
import { SIMULATION_START_MS } from "../../testing/simulated-database.ts";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { createTestContext } from "../../testing/test-context.ts";
import {
  getTestRun,
  launchInput,
  launchTestRun,
  lifeEvent,
  listEventTypes,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../../testing/test-runs.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { countUnfinishedRuns, findWorkers } from "../run-store.ts";
import { heartbeatAttempt, startAttempt } from "./attempt-store.ts";
import { leaseDaemon } from "./lease-daemon.ts";
import { reportWorkerExit } from "./report-worker-exit.ts";

const { db, advance, setTime } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);
const context = createTestContext(db);
const duty = { daemon: leaseDaemon, deploymentId: TEST_DEPLOYMENT };
beforeEach(async () => {
  await sql`truncate work_item, run cascade`.execute(db);
  await setTime(SIMULATION_START_MS);
});

const LIMIT = 2;

/** Dequeues what the limit of two runs lets start, and lets the workers of these begin. */
async function startRuns(settings: Record<string, unknown> = {}): Promise<string[]> {
  await dequeueRuns(db, TEST_DEPLOYMENT, parseSettingsInput({ max_concurrent_runs: LIMIT, ...settings }));
  const assigned = await db
    .selectFrom("run_attempt")
    .select("run_id")
    .where("state", "=", "assigned")
    .execute();
  for (const { run_id: runId } of assigned) {
    await startAttempt(db, { runId, attempt: 1, workerId: `w ${runId}`, place: "7@host", codeDigest: null });
    await appendRunEvents(db, { runId, attempt: 1, firstSequence: 0, events: [lifeEvent("RUN_START")] });
  }
  return assigned.map(({ run_id: runId }) => runId);
}

async function launchMany(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await launchTestRun(db, TEST_DEPLOYMENT, launchInput());
}

/** Time passes in which only the control plane does something. */
async function passInSilence(
  seconds: number,
  eachStep: () => Promise<unknown> = async () => {},
): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    await advance(5);
    await tickOnce(duty, context, "replica");
    await eachStep();
  }
}

/** Statuses as sensors and followers see them, one after the other. */
async function readStatuses(runId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("run_change")
    .select("status")
    .where("run_id", "=", runId)
    .orderBy("position")
    .execute();
  return rows.map(({ status }) => status);
}

test("a worker that is silent for a while is out of reach, which is shown, counted and no failure", async () => {
  await launchMany(1);
  const [id = ""] = await startRuns();

  await passInSilence(15);
  expect((await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id)).toMatchObject({
    state: "running",
    unreachableSince: null,
  });
  await passInSilence(5);

  expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED", failureReason: null });
  expect((await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id)).toMatchObject({
    state: "running",
    unreachableSince: new Date("2025-01-01T00:00:00.000Z"),
  });
  expect(await countUnfinishedRuns(db, TEST_DEPLOYMENT)).toMatchObject({
    queued: 0,
    active: 1,
    unreachable: 1,
  });
  expect((await listEventTypes(db, id)).filter((type) => type.startsWith("RUN_WORKER"))).toEqual([
    "RUN_WORKER_UNREACHABLE",
  ]);
});

test.each([
  ["a heartbeat", (id: string) => heartbeatAttempt(db, id, 1, `w ${id}`)],
  [
    "events",
    (id: string) =>
      appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 1, events: [lifeEvent("RUN_SUCCESS")] }),
  ],
  [
    "output",
    (id: string) =>
      putLogChunk(
        { db, logs: TEST_LOGS },
        { runId: id, attempt: 1, stream: "stdout", offset: 0, bytes: Buffer.from("x") },
      ),
  ],
])("a worker that is heard again by %s was never lost: its run has one end", async (_how, speak) => {
  await launchMany(1);
  const [id = ""] = await startRuns();
  await passInSilence(55);

  await speak(id);
  expect((await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id)).toMatchObject({ unreachableSince: null });
  const { nextSequence } = await appendRunEvents(db, {
    runId: id,
    attempt: 1,
    firstSequence: 1,
    events: [lifeEvent("RUN_SUCCESS")],
  });

  expect(nextSequence).toBe(2);
  expect((await listEventTypes(db, id)).filter((type) => type.startsWith("RUN_WORKER"))).toEqual([
    "RUN_WORKER_UNREACHABLE",
    "RUN_WORKER_RETURNED",
  ]);
  expect(await readStatuses(id)).toEqual(["QUEUED", "STARTING", "STARTED", "SUCCESS"]);
});

test("while workers are out of reach their slots are held: no more run than the limit says", async () => {
  await launchMany(5);
  const first = await startRuns();
  const activeOverTime: number[] = [];

  await passInSilence(55, async () => {
    await startRuns();
    activeOverTime.push((await countUnfinishedRuns(db, TEST_DEPLOYMENT)).active);
  });
  for (const id of first) await heartbeatAttempt(db, id, 1);
  await startRuns();

  expect(Math.max(...activeOverTime)).toBe(LIMIT);
  expect(await countUnfinishedRuns(db, TEST_DEPLOYMENT)).toMatchObject({
    queued: 3,
    active: LIMIT,
    unreachable: 0,
  });
});

test("silent for longer than the setting says, a worker is lost: its run fails, once, and the slot goes on", async () => {
  await launchMany(3);
  const [id = ""] = await startRuns({ worker_lease_seconds: 30 });

  await passInSilence(30);
  expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED" });
  await passInSilence(5);

  expect(await getTestRun(db, id)).toMatchObject({
    status: "FAILURE",
    failureReason: "WORKER_LOST",
    failureMessage: "No sign of life from worker 7@host since 2025-01-01T00:00:00.000Z",
  });
  expect(await startRuns()).toHaveLength(1);
});

test("a worker that is known to be dead gives its slot back at once, also while it is out of reach", async () => {
  await launchMany(3);
  const [id = ""] = await startRuns();
  await passInSilence(20);

  await reportWorkerExit(db, {
    deploymentId: TEST_DEPLOYMENT,
    agentId: "agent-1",
    runId: id,
    attempt: 1,
    workerId: `w ${id}`,
    end: { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null },
  });

  expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
  expect(await countUnfinishedRuns(db, TEST_DEPLOYMENT)).toMatchObject({ active: 1, unreachable: 1 });
  expect(await startRuns()).toHaveLength(1);
});

test("with the shortest lease there is no time to be out of reach: the worker is lost", async () => {
  await launchMany(1);
  const [id = ""] = await startRuns({ worker_lease_seconds: 15 });

  await passInSilence(20);

  expect(await listEventTypes(db, id)).not.toContain("RUN_WORKER_UNREACHABLE");
  expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_LOST" });
});
