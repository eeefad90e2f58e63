import { createHash, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { putLogChunk } from "../../logs/log-store.ts";
import { TEST_LOGS } from "../../testing/memory-log-storage.ts";
import { completeWork } from "../../work/settle-work.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { findAttemptByToken, heartbeatAttempt, renewAttemptLeases, startAttempt } from "./attempt-store.ts";
import { failLaunch, failLostAttempts } from "./end-attempt.ts";
import { RunNotFound } from "../run-errors.ts";
import { findWorkers } from "../run-store.ts";
import {
  claimDefaultWork,
  getTestRun,
  launchAndDequeue,
  lifeEvent,
  listEventTypes,
  logEvent,
  loseTestRun,
  repeatTestRun,
  serveLocation,
  SHOP,
  startTestRun,
  TEST_DEPLOYMENT,
  TEST_WORKER,
  TEST_WORK_EFFECTS,
} from "../../testing/test-runs.ts";
import { terminateRun } from "../ending/terminate-run.ts";

const database = await createSimulatedDatabase();
const { db, advance } = database;
await serveLocation(db, "shop", SHOP);

const HOUR = 3_600;
describe("starting an attempt", () => {
  test("the worker may begin, is known by where it runs, and may ask again", async () => {
    const { id } = await launchAndDequeue(db);

    expect(await startAttempt(db, { ...TEST_WORKER, runId: id })).toBe("CONTINUE");
    expect(await startAttempt(db, { ...TEST_WORKER, runId: id })).toBe("CONTINUE");
    expect((await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id)).toMatchObject({
      place: "7@host",
      state: "running",
    });
  });

  test("the agent that took the launch is known", async () => {
    const { id } = await launchAndDequeue(db);
    await claimDefaultWork(db);
    await startAttempt(db, { ...TEST_WORKER, runId: id });

    expect((await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id)).toMatchObject({ agentId: "agent-1" });
  });

  test("of two processes for one attempt only the first may begin, however often they ask at once", async () => {
    const { id } = await launchAndDequeue(db);

    const directives = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        startAttempt(db, { ...TEST_WORKER, runId: id, workerId: `w${index % 4}` }),
      ),
    );

    const byWorker = Map.groupBy(directives.entries(), ([index]) => index % 4);
    const answers = [...byWorker.values()].map(
      (entries) => new Set(entries.map(([, directive]) => directive)),
    );
    expect(answers.filter((set) => set.has("CONTINUE"))).toEqual([new Set(["CONTINUE"])]);
    expect(answers.filter((set) => set.has("SUPERSEDED"))).toHaveLength(3);
  });

  test("an older attempt, one of a finished run and one that could not be launched must not begin", async () => {
    const older = await launchAndDequeue(db);
    await db.updateTable("run").set({ attempt: 2 }).where("id", "=", older.id).execute();
    const failed = await launchAndDequeue(db);
    await failLaunch(db, failed.id, 1, "no agent");

    expect(await startAttempt(db, { ...TEST_WORKER, runId: older.id })).toBe("SUPERSEDED");
    expect(await startAttempt(db, { ...TEST_WORKER, runId: failed.id })).toBe("SUPERSEDED");
  });

  test("a run that is being canceled: the worker is told", async () => {
    const { id } = await launchAndDequeue(db);
    await claimDefaultWork(db);
    await terminateRun(db, TEST_DEPLOYMENT, id);

    expect(await startAttempt(db, { ...TEST_WORKER, runId: id })).toBe("CANCEL");
    expect(await heartbeatAttempt(db, id, 1)).toBe("CANCEL");
  });

  test("what does not exist is not found", async () => {
    await expect(startAttempt(db, { ...TEST_WORKER, runId: randomUUID() })).rejects.toThrow(RunNotFound);
    await expect(heartbeatAttempt(db, "no-id", 1)).rejects.toThrow(RunNotFound);
  });

  test("the token in the work item is the attempt's, and only its hash is kept", async () => {
    const { id } = await launchAndDequeue(db);
    const item = await db
      .selectFrom("work_item")
      .select(["payload", "run_token"])
      .where("idempotency_key", "=", `launch_run:${id}.1`)
      .executeTakeFirstOrThrow();
    const runToken = item.run_token ?? "";

    expect(JSON.stringify(item.payload)).not.toContain("mrr_");
    expect(runToken).toMatch(/^mrr_[0-9a-f]{64}$/);
    expect(await findAttemptByToken(db, createHash("sha256").update(runToken).digest())).toEqual({
      deploymentId: TEST_DEPLOYMENT,
      runId: id,
      attempt: 1,
      isOver: false,
    });
    expect(await findAttemptByToken(db, createHash("sha256").update("mrr_other").digest())).toBeNull();
  });
});

describe("lost workers", () => {
  test("a run whose worker gives no sign of life fails and says since when", async () => {
    const id = await startTestRun(db);

    await advance(60);
    await failLostAttempts(db, TEST_DEPLOYMENT);
    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED" });

    await advance(0.001);
    const lost = await failLostAttempts(db, TEST_DEPLOYMENT);
    expect(lost).toContainEqual({ runId: id, attempt: 1 });
    expect(await getTestRun(db, id)).toMatchObject({
      status: "FAILURE",
      failureReason: "WORKER_LOST",
      failureMessage: expect.stringMatching(/No sign of life from worker 7@host since 2025-/),
    });
    await advance(HOUR);
    expect(await failLostAttempts(db, TEST_DEPLOYMENT)).not.toContainEqual({ runId: id, attempt: 1 });
  });

  test("heartbeats, events and logs are signs of life", async () => {
    const ids = [await startTestRun(db), await startTestRun(db), await startTestRun(db)];
    const [beating = "", speaking = "", writing = ""] = ids;
    await advance(HOUR);

    await heartbeatAttempt(db, beating, 1);
    await appendRunEvents(db, { runId: speaking, attempt: 1, firstSequence: 1, events: [logEvent("here")] });
    await putLogChunk(
      { db, logs: TEST_LOGS },
      {
        runId: writing,
        attempt: 1,
        stream: "stdout",
        offset: 0,
        bytes: Buffer.from("x"),
      },
    );

    expect(await failLostAttempts(db, TEST_DEPLOYMENT)).toEqual([]);
  });

  test("time in which the control plane was away does not count", async () => {
    const id = await startTestRun(db);
    await advance(HOUR);

    await renewAttemptLeases(db, TEST_DEPLOYMENT);

    await advance(60);
    expect(await failLostAttempts(db, TEST_DEPLOYMENT)).toEqual([]);
    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED" });
  });

  test("several replicas that look at once fail a run once", async () => {
    const id = await startTestRun(db);

    await advance(HOUR);

    const lost = await Promise.all(Array.from({ length: 8 }, () => failLostAttempts(db, TEST_DEPLOYMENT)));

    expect(lost.flat().filter(({ runId }) => runId === id)).toHaveLength(1);
    expect((await listEventTypes(db, id)).filter((type) => type === "RUN_FAILURE")).toHaveLength(1);
  });

  test("a worker that was launched and never started to work is named as such", async () => {
    const { id } = await launchAndDequeue(db);
    const items = await claimDefaultWork(db);
    for (const item of items)
      await completeWork(
        db,
        TEST_WORK_EFFECTS,
        { deploymentId: TEST_DEPLOYMENT, agentId: "agent-1", id: item.id },
        null,
      );

    await advance(61);
    await failLostAttempts(db, TEST_DEPLOYMENT);

    expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", failureReason: "LAUNCH_FAILURE" });
    expect(await startAttempt(db, { ...TEST_WORKER, runId: id })).toBe("SUPERSEDED");
  });

  test("lost while it was being canceled, a run is canceled for good", async () => {
    const id = await startTestRun(db);
    await terminateRun(db, TEST_DEPLOYMENT, id);
    await advance(HOUR);
    await failLostAttempts(db, TEST_DEPLOYMENT);

    expect(await getTestRun(db, id)).toMatchObject({ status: "CANCELED" });
    expect(await heartbeatAttempt(db, id, 1)).toBe("SUPERSEDED");
  });
});

describe("a lost worker that returns", () => {
  test("takes its run back with all it has to say", async () => {
    const id = await loseTestRun(database);

    const result = await appendRunEvents(db, {
      runId: id,
      attempt: 1,
      firstSequence: 1,
      events: [logEvent("a"), lifeEvent("RUN_SUCCESS")],
    });

    expect(result).toEqual({ nextSequence: 3, directive: "CONTINUE" });
    expect(await getTestRun(db, id)).toMatchObject({ status: "SUCCESS", failureReason: null });
    expect((await listEventTypes(db, id)).slice(3)).toEqual([
      "RUN_FAILURE",
      "RUN_WORKER_RETURNED",
      "LOG",
      "RUN_SUCCESS",
    ]);
  });

  test("by a heartbeat alone, once, however many come at once", async () => {
    const id = await loseTestRun(database);

    const directives = await Promise.all(Array.from({ length: 8 }, () => heartbeatAttempt(db, id, 1)));

    expect(new Set(directives)).toEqual(new Set(["CONTINUE"]));
    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED", endedAt: null });
    expect((await listEventTypes(db, id)).filter((type) => type === "RUN_WORKER_RETURNED")).toHaveLength(1);
  });

  test("by bytes it wrote, which are kept", async () => {
    const id = await loseTestRun(database);

    const chunk = {
      runId: id,
      attempt: 1,
      stream: "stdout",
      offset: 0,
      bytes: Buffer.from("still here"),
    } as const;

    expect(await putLogChunk({ db, logs: TEST_LOGS }, chunk)).toEqual({
      nextOffset: 10,
      directive: "CONTINUE",
    });
    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED" });
  });

  test("not when the run was launched again meanwhile", async () => {
    const id = await loseTestRun(database);
    const { id: childId } = await repeatTestRun(db, id);

    expect(await heartbeatAttempt(db, id, 1)).toBe("SUPERSEDED");
    expect(await startAttempt(db, { ...TEST_WORKER, runId: id })).toBe("SUPERSEDED");
    const events = [lifeEvent("RUN_SUCCESS")];
    expect(await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 1, events })).toMatchObject({
      directive: "SUPERSEDED",
    });
    expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE" });
    expect(await getTestRun(db, childId)).toMatchObject({ parentRunId: id, rootRunId: id });
  });
});

describe("a launch that fails", () => {
  test("fails the run and says why", async () => {
    const { id } = await launchAndDequeue(db);
    await failLaunch(db, id, 1, 'No agent for queue "default" has asked for work');

    expect(await getTestRun(db, id)).toMatchObject({
      status: "FAILURE",
      failureReason: "LAUNCH_FAILURE",
      failureMessage: expect.stringMatching(/No agent/),
    });
  });

  test("does not touch a run whose worker has started after all", async () => {
    const id = await startTestRun(db);
    await failLaunch(db, id, 1, "too late");

    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED" });
  });
});
