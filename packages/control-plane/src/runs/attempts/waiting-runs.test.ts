import { sql } from "kysely";
import { beforeEach, describe, expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import type { LaunchRunWork } from "@millrace/model/runs/work-item";
import { findWaitingWork } from "../../deployments/deployment-store.ts";
import { parseSettingsInput } from "../../deployments/settings.ts";
import { removeCodeLocation } from "../../locations/change-location-store.ts";
import { dequeueRuns } from "../../run-queue/dequeue-runs.ts";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import {
  claimLaunch,
  getTestRun,
  GREETED,
  launchInput,
  launchTestRun,
  lifeEvent,
  listEventTypes,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../../testing/test-runs.ts";
import { endOverdueRuns } from "../ending/run-timeout.ts";
import { terminateRun } from "../ending/terminate-run.ts";
import { countUnfinishedRuns } from "../run-store.ts";
import { appendWorkerEvents } from "./append-worker-events.ts";
import { startAttempt } from "./attempt-store.ts";
import { failLostAttempts } from "./end-attempt.ts";
import { reportWorkerExit } from "./report-worker-exit.ts";

const { db, advance, getTime } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);

const HOUR = 3_600;
const ONE_SLOT = parseSettingsInput({ max_concurrent_runs: 1 });
const dequeue = (): Promise<number> => dequeueRuns(db, TEST_DEPLOYMENT, ONE_SLOT);

beforeEach(async () => {
  await sql`delete from run`.execute(db);
});

/** Hands the waiting attempt of a run to an agent and starts its worker. */
async function begin(runId: string, attempt: number): Promise<LaunchRunWork> {
  const launch = await claimLaunch(db, runId);
  await startAttempt(db, { runId, attempt, workerId: `w${attempt}`, place: "1@host", codeDigest: null });
  return launch;
}

/** What a worker says whose only step left waits. */
async function suspendedEvents(seconds: number, clockOffset = 0): Promise<RunEvent[]> {
  const now = (await getTime()) + clockOffset * 1_000;
  const until = now + seconds * 1_000;
  const waits = { "sleep 1": { since: now, until } };
  const wave = { stepKey: "wave", timestamp: now, message: "" };
  return [
    { type: "STEP_STATE", partition: null, name: "job", value: { id: "j1" }, ...wave },
    { type: "STEP_WAITING", until, waits, ...wave },
    { type: "RUN_SUSPENDED", until, timestamp: now, message: "waits" },
  ];
}

async function exit(runId: string, attempt: number, exitCode: number | null): Promise<void> {
  const how = exitCode === null ? "signaled" : "exited";
  await reportWorkerExit(db, {
    deploymentId: TEST_DEPLOYMENT,
    agentId: "agent-1",
    runId,
    attempt,
    workerId: `w${attempt}`,
    end: { how, exitCode, detail: null, lastOutput: null },
  });
}

/** A run whose first step has succeeded, and whose second one waits so long. */
async function suspendedRun(seconds: number, tags: Readonly<Record<string, string>> = {}): Promise<string> {
  const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput({ tags }));
  await dequeue();
  await begin(id, 1);
  const started: RunEvent = { type: "STEP_START", stepKey: "wave", attempt: 1, timestamp: 4, message: "" };
  const events = [lifeEvent("RUN_START", 1), ...GREETED, started, ...(await suspendedEvents(seconds))];
  await appendWorkerEvents(db, { runId: id, attempt: 1, workerId: "w1", firstSequence: 0, events });
  return id;
}

describe("a run whose worker gave up its process", () => {
  test("waits without a worker and without a slot, however long", async () => {
    const id = await suspendedRun(24 * HOUR);
    await exit(id, 1, 0);

    await advance(12 * HOUR);
    await failLostAttempts(db, TEST_DEPLOYMENT);
    await dequeue();

    expect(await getTestRun(db, id)).toMatchObject({
      status: "STARTED",
      attempt: 1,
      waitingUntil: new Date((await getTime()) + 12 * HOUR * 1_000),
    });
    expect(await countUnfinishedRuns(db, TEST_DEPLOYMENT)).toMatchObject({ active: 0, waiting: 1 });
    const waiting = await findWaitingWork(db, TEST_DEPLOYMENT);
    expect(waiting).toMatchObject({ runs: false, nextInMs: 12 * HOUR * 1_000 });
  });

  test("goes on when its time has come, with what its steps had made and kept", async () => {
    const id = await suspendedRun(HOUR);
    await exit(id, 1, 0);
    const until = (await getTime()) + HOUR * 1_000;
    await advance(HOUR - 0.001);
    expect(await dequeue()).toBe(0);
    await advance(0.001);

    expect(await dequeue()).toBe(1);

    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED", attempt: 2, waitingUntil: null });
    const { history, attempt } = await begin(id, 2);
    expect(attempt).toBe(2);
    expect(history?.resume).toEqual({
      finished: [{ stepKey: "greet", state: "success", attempts: 1, outputs: { result: null } }],
      started: [
        {
          stepKey: "wave",
          attempts: 1,
          retryAt: null,
          waitsUntil: until,
          memory: {
            state: [{ partition: null, name: "job", value: { id: "j1" } }],
            waits: { "sleep 1": { since: until - HOUR * 1_000, until } },
          },
        },
      ],
    });
    const end = { runId: id, attempt: 2, firstSequence: 0, events: [lifeEvent("RUN_SUCCESS", 9)] };
    await appendWorkerEvents(db, end);
    expect(await getTestRun(db, id)).toMatchObject({ status: "SUCCESS", startedAt: new Date(1) });
    expect((await listEventTypes(db, id)).slice(-3)).toEqual(["RUN_SUSPENDED", "RUN_RESUMED", "RUN_SUCCESS"]);
    const moves = await sql<{
      status: string;
    }>`select status from run_change where run_id = ${id} order by id`.execute(db);
    expect(moves.rows.map(({ status }) => status)).toEqual(["QUEUED", "STARTING", "STARTED", "SUCCESS"]);
  });

  test("gives its slot to others meanwhile, and goes on before younger runs as soon as there is one", async () => {
    const id = await suspendedRun(HOUR);
    await advance(1);
    const { id: other } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput());
    expect(await dequeue()).toBe(1);
    const { id: younger } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput());
    await begin(other, 1);
    await advance(HOUR);
    expect(await dequeue()).toBe(0);
    expect(await findWaitingWork(db, TEST_DEPLOYMENT)).toMatchObject({ runs: true, nextInMs: null });

    await appendWorkerEvents(db, {
      runId: other,
      attempt: 1,
      firstSequence: 0,
      events: [lifeEvent("RUN_START"), lifeEvent("RUN_SUCCESS")],
    });

    expect(await dequeue()).toBe(1);
    expect([(await getTestRun(db, id)).attempt, (await getTestRun(db, younger)).status]).toEqual([
      2,
      "QUEUED",
    ]);
  });

  test("is canceled at once, and fails at once when its time is over", async () => {
    const canceled = await suspendedRun(HOUR);
    expect(await terminateRun(db, TEST_DEPLOYMENT, canceled)).toEqual({ kind: "canceled" });
    expect(await getTestRun(db, canceled)).toMatchObject({ status: "CANCELED", waitingUntil: null });

    const overdue = await suspendedRun(HOUR, { "millrace/max_runtime": "60" });
    await advance(61);
    await endOverdueRuns(db, TEST_DEPLOYMENT);
    expect(await getTestRun(db, overdue)).toMatchObject({
      status: "FAILURE",
      failureReason: "MAX_RUNTIME_EXCEEDED",
      waitingUntil: null,
    });
  });

  test("has stopped, when it was to stop", async () => {
    const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput());
    await dequeue();
    await begin(id, 1);
    const say = (firstSequence: number, events: readonly RunEvent[]) =>
      appendWorkerEvents(db, { runId: id, attempt: 1, firstSequence, events });
    await say(0, [lifeEvent("RUN_START")]);
    await terminateRun(db, TEST_DEPLOYMENT, id);

    await say(1, await suspendedEvents(HOUR));

    expect(await getTestRun(db, id)).toMatchObject({ status: "CANCELED", waitingUntil: null });
  });

  test("says nothing more of its steps in the attempt that has ended", async () => {
    const id = await suspendedRun(HOUR);
    const late = { runId: id, attempt: 1, firstSequence: 8 };
    const success: RunEvent = {
      type: "STEP_SUCCESS",
      stepKey: "wave",
      durationMs: 1,
      timestamp: 1,
      message: "",
    };

    await expect(appendWorkerEvents(db, { ...late, events: [success] })).rejects.toThrow("comes too late");
    await appendWorkerEvents(db, {
      ...late,
      events: [{ ...lifeEvent("RUN_START"), type: "LOGS_CAPTURED", stepKeys: [] }],
    });

    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED", waitingUntil: expect.any(Date) });
  });
});

test("waits use up none of the attempts that the deaths of workers may cost", async () => {
  const id = await suspendedRun(HOUR, { "millrace/max_resume_attempts": "1" });
  await advance(HOUR);
  await dequeue();
  await begin(id, 2);
  await appendWorkerEvents(db, {
    runId: id,
    attempt: 2,
    firstSequence: 0,
    events: await suspendedEvents(HOUR),
  });
  await advance(HOUR);
  await dequeue();
  await begin(id, 3);

  await exit(id, 3, null);
  expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED", attempt: 4 });
  await begin(id, 4);
  await exit(id, 4, null);
  expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
});

test("a worker whose clock is wrong waits as long as it says", async () => {
  const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput());
  await dequeue();
  await begin(id, 1);
  const events = [lifeEvent("RUN_START", 1), ...(await suspendedEvents(HOUR, 5 * HOUR))];

  await appendWorkerEvents(db, { runId: id, attempt: 1, firstSequence: 0, events });

  expect((await getTestRun(db, id)).waitingUntil).toEqual(new Date((await getTime()) + HOUR * 1_000));
});

test("a run whose events are not kept as long as it waits fails, and begins nothing anew", async () => {
  const id = await suspendedRun(HOUR);
  await sql`delete from run_event where run_id = ${id} and type in ('RUN_START', 'STEP_SUCCESS')`.execute(db);
  await advance(HOUR);

  await dequeue();

  expect(await getTestRun(db, id)).toMatchObject({
    status: "FAILURE",
    failureMessage: expect.stringContaining("longer than its events are kept"),
  });
});

test("a run whose code location is gone when it is to go on fails with a word about it", async () => {
  await serveLocation(db, "brief", SHOP);
  const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput({ locationName: "brief" }));
  await dequeue();
  await begin(id, 1);
  const events = [lifeEvent("RUN_START"), ...(await suspendedEvents(HOUR))];
  await appendWorkerEvents(db, { runId: id, attempt: 1, firstSequence: 0, events });
  await removeCodeLocation(db, TEST_DEPLOYMENT, "brief");
  await advance(HOUR);

  await dequeue();

  expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", failureReason: "LAUNCH_FAILURE" });
});
