import { describe, expect, test } from "vitest";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { putLogChunk } from "../../logs/log-store.ts";
import { TEST_LOGS } from "../../testing/memory-log-storage.ts";
import { releaseWork } from "../../work/work-store.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { heartbeatAttempt, startAttempt } from "./attempt-store.ts";
import { reportWorkerExit } from "./report-worker-exit.ts";
import { findWorkers } from "../run-store.ts";
import {
  claimDefaultWork,
  getTestRun,
  launchAndDequeue,
  lifeEvent,
  listEventTypes,
  loseTestRun,
  serveLocation,
  SHOP,
  startTestRun,
  TEST_DEPLOYMENT,
  TEST_WORKER,
} from "../../testing/test-runs.ts";
import { RunNotFound } from "../run-errors.ts";
import { terminateRun } from "../ending/terminate-run.ts";

const database = await createSimulatedDatabase();
const { db } = database;
await serveLocation(db, "shop", SHOP);

const exit = { deploymentId: TEST_DEPLOYMENT, agentId: "agent-1", attempt: 1, workerId: "w7" };
const exited = (exitCode: number): WorkerEnd => ({ how: "exited", exitCode, detail: null, lastOutput: null });
const KILLED: WorkerEnd = { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null };
describe("of two workers of one launch", () => {
  test("only the first speaks for the attempt: events, output and heartbeats of the other are not kept", async () => {
    const id = await startTestRun(db);
    const other = { runId: id, attempt: 1, workerId: "w8" };

    expect(await startAttempt(db, { ...TEST_WORKER, ...other })).toBe("SUPERSEDED");
    expect(
      await appendRunEvents(db, { ...other, firstSequence: 1, events: [lifeEvent("RUN_CANCELED")] }),
    ).toEqual({ nextSequence: 1, directive: "SUPERSEDED" });
    expect(
      await putLogChunk(
        { db, logs: TEST_LOGS },
        { ...other, stream: "stdout", offset: 0, bytes: Buffer.from("not mine") },
      ),
    ).toEqual({ nextOffset: 0, directive: "SUPERSEDED" });
    expect(await heartbeatAttempt(db, id, 1, "w8")).toBe("SUPERSEDED");
    expect(await heartbeatAttempt(db, id, 1, "w7")).toBe("CONTINUE");
    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED" });
  });

  test("the agent of the one that began is known, though the launch was delivered to another since", async () => {
    const { id } = await launchAndDequeue(db);
    await claimDefaultWork(db);
    await startAttempt(db, { ...TEST_WORKER, runId: id, agentId: "agent-2" });
    expect((await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id)).toMatchObject({ agentId: "agent-2" });

    await startAttempt(db, { ...TEST_WORKER, runId: id, agentId: "agent-3" });
    expect((await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id)).toMatchObject({ agentId: "agent-2" });
  });
});

describe("the exit of a worker", () => {
  test("is of no run that is there when an agent of another deployment tells of it", async () => {
    const id = await startTestRun(db);

    const report = reportWorkerExit(db, { ...exit, deploymentId: "b", runId: id, end: exited(1) });

    await expect(report).rejects.toThrow(RunNotFound);
    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED" });
  });

  test("of a run that is not finished fails it with the cause and the last words, once", async () => {
    const id = await startTestRun(db);
    const report = { ...exit, runId: id, end: { ...KILLED, lastOutput: "heap full" } };

    await Promise.all([
      reportWorkerExit(db, report),
      reportWorkerExit(db, report),
      reportWorkerExit(db, report),
    ]);

    expect(await getTestRun(db, id)).toMatchObject({
      status: "FAILURE",
      failureReason: "WORKER_DIED",
      failureMessage: expect.stringMatching(
        /was killed by SIGKILL \(from outside, or out of memory\).*\nheap full/s,
      ),
    });
    expect((await listEventTypes(db, id)).filter((type) => type === "RUN_FAILURE")).toHaveLength(1);
  });

  test("an exit code before it had started", async () => {
    const { id } = await launchAndDequeue(db);
    await claimDefaultWork(db);
    await reportWorkerExit(db, { ...exit, runId: id, end: exited(13) });

    expect(await getTestRun(db, id)).toMatchObject({
      status: "FAILURE",
      failureMessage: expect.stringMatching(/exit code 13, before it had started/),
    });
  });

  test("of another worker than the attempt's changes nothing, however it ended", async () => {
    const id = await startTestRun(db);

    expect(
      await reportWorkerExit(db, { ...exit, agentId: "agent-2", workerId: "w8", runId: id, end: exited(3) }),
    ).toBe("SUPERSEDED");
    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTED" });

    await reportWorkerExit(db, { ...exit, runId: id, end: KILLED });
    expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
  });

  test("before it began, of an agent that has lost the launch, leaves the launch to the next delivery", async () => {
    const { id } = await launchAndDequeue(db);
    const [item] = (await claimDefaultWork(db)).filter(
      ({ payload }) => (payload as { runId: string }).runId === id,
    );
    await releaseWork(db, TEST_DEPLOYMENT, "agent-1", [item?.id ?? ""]);

    expect(await reportWorkerExit(db, { ...exit, runId: id, end: exited(1) })).toBe("SUPERSEDED");
    expect(await getTestRun(db, id)).toMatchObject({ status: "STARTING" });
  });

  test("of a finished run changes nothing", async () => {
    const id = await startTestRun(db);
    await appendRunEvents(db, {
      runId: id,
      attempt: 1,
      firstSequence: 1,
      events: [lifeEvent("RUN_SUCCESS")],
    });

    expect(await reportWorkerExit(db, { ...exit, runId: id, end: exited(0) })).toBe("CONTINUE");
    expect(await getTestRun(db, id)).toMatchObject({ status: "SUCCESS" });
    expect(await listEventTypes(db, id)).toHaveLength(4);
  });

  test("of a run that is being canceled cancels it", async () => {
    const id = await startTestRun(db);
    await terminateRun(db, TEST_DEPLOYMENT, id);
    await reportWorkerExit(db, { ...exit, runId: id, end: KILLED });

    expect(await getTestRun(db, id)).toMatchObject({ status: "CANCELED" });
  });

  test("of a worker that was asked to stop and could not answer cancels its run, though nobody asked for that", async () => {
    const id = await startTestRun(db);
    await reportWorkerExit(db, { ...exit, runId: id, end: { ...KILLED, detail: "SIGINT" } });

    expect(await getTestRun(db, id)).toMatchObject({ status: "CANCELED", failureReason: null });
  });

  test("of a worker that was taken for lost adds what became of it", async () => {
    const id = await loseTestRun(database);
    await reportWorkerExit(db, { ...exit, runId: id, end: KILLED });

    expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_LOST" });
    expect((await listEventTypes(db, id)).at(-1)).toBe("ENGINE_EVENT");
  });
});
