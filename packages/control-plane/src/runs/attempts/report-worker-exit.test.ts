import { describe, expect, test } from "vitest";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { putLogChunk } from "../../logs/log-store.ts";
import { claimWork, releaseWork } from "../../work/work-store.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { heartbeatAttempt, startAttempt } from "./attempt-store.ts";
import { failLostAttempts } from "./end-attempt.ts";
import { reportWorkerExit } from "./report-worker-exit.ts";
import { findRun, findWorkers, type Run } from "../run-store.ts";
import {
  launchAndDequeue,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../../testing/test-runs.ts";
import { RunNotFound } from "../run-errors.ts";
import { terminateRun } from "../ending/terminate-run.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);

const worker = { attempt: 1, workerId: "w7", place: "7@host", codeDigest: "abc" };
const exit = { deploymentId: TEST_DEPLOYMENT, agentId: "agent-1", attempt: 1, workerId: "w7" };
const exited = (exitCode: number): WorkerEnd => ({ how: "exited", exitCode, detail: null, lastOutput: null });
const KILLED: WorkerEnd = { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null };
const getRun = async (id: string): Promise<Run> =>
  (await findRun(db, TEST_DEPLOYMENT, id)) ?? expect.fail(`run ${id} is gone`);

const claimAll = () =>
  claimWork(db, { deploymentId: TEST_DEPLOYMENT, agentId: "agent-1", queues: ["default"], max: 1_000 });

async function startedRun(): Promise<string> {
  const { id } = await launchAndDequeue(db);
  await claimAll();
  await startAttempt(db, { ...worker, runId: id });
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events: [lifeEvent("RUN_START")] });
  return id;
}

async function lostRun(): Promise<string> {
  const id = await startedRun();
  await advance(3_600);
  await failLostAttempts(db, TEST_DEPLOYMENT);
  return id;
}

async function listTypes(runId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("run_event")
    .select("type")
    .where("run_id", "=", runId)
    .orderBy("position")
    .execute();
  return rows.map(({ type }) => type);
}

describe("of two workers of one launch", () => {
  test("only the first speaks for the attempt: events, output and heartbeats of the other are not kept", async () => {
    const id = await startedRun();
    const other = { runId: id, attempt: 1, workerId: "w8" };

    expect(await startAttempt(db, { ...worker, ...other })).toBe("SUPERSEDED");
    expect(
      await appendRunEvents(db, { ...other, firstSequence: 1, events: [lifeEvent("RUN_CANCELED")] }),
    ).toEqual({ nextSequence: 1, directive: "SUPERSEDED" });
    expect(
      await putLogChunk(db, { ...other, stream: "stdout", offset: 0, bytes: Buffer.from("not mine") }),
    ).toEqual({ nextOffset: 0, directive: "SUPERSEDED" });
    expect(await heartbeatAttempt(db, id, 1, "w8")).toBe("SUPERSEDED");
    expect(await heartbeatAttempt(db, id, 1, "w7")).toBe("CONTINUE");
    expect(await getRun(id)).toMatchObject({ status: "STARTED" });
  });

  test("the agent of the one that began is known, though the launch was delivered to another since", async () => {
    const { id } = await launchAndDequeue(db);
    await claimAll();
    await startAttempt(db, { ...worker, runId: id, agentId: "agent-2" });
    expect((await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id)).toMatchObject({ agentId: "agent-2" });

    await startAttempt(db, { ...worker, runId: id, agentId: "agent-3" });
    expect((await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id)).toMatchObject({ agentId: "agent-2" });
  });
});

describe("the exit of a worker", () => {
  test("is of no run that is there when an agent of another deployment tells of it", async () => {
    const id = await startedRun();

    const report = reportWorkerExit(db, { ...exit, deploymentId: "b", runId: id, end: exited(1) });

    await expect(report).rejects.toThrow(RunNotFound);
    expect(await getRun(id)).toMatchObject({ status: "STARTED" });
  });

  test("of a run that is not finished fails it with the cause and the last words, once", async () => {
    const id = await startedRun();
    const report = { ...exit, runId: id, end: { ...KILLED, lastOutput: "heap full" } };

    await Promise.all([
      reportWorkerExit(db, report),
      reportWorkerExit(db, report),
      reportWorkerExit(db, report),
    ]);

    expect(await getRun(id)).toMatchObject({
      status: "FAILURE",
      failureReason: "WORKER_DIED",
      failureMessage: expect.stringMatching(
        /was killed by SIGKILL \(from outside, or out of memory\).*\nheap full/s,
      ),
    });
    expect((await listTypes(id)).filter((type) => type === "RUN_FAILURE")).toHaveLength(1);
  });

  test("an exit code before it had started", async () => {
    const { id } = await launchAndDequeue(db);
    await claimAll();
    await reportWorkerExit(db, { ...exit, runId: id, end: exited(13) });

    expect(await getRun(id)).toMatchObject({
      status: "FAILURE",
      failureMessage: expect.stringMatching(/exit code 13, before it had started/),
    });
  });

  test("of another worker than the attempt's changes nothing, however it ended", async () => {
    const id = await startedRun();

    expect(
      await reportWorkerExit(db, { ...exit, agentId: "agent-2", workerId: "w8", runId: id, end: exited(3) }),
    ).toBe("SUPERSEDED");
    expect(await getRun(id)).toMatchObject({ status: "STARTED" });

    await reportWorkerExit(db, { ...exit, runId: id, end: KILLED });
    expect(await getRun(id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
  });

  test("before it began, of an agent that has lost the launch, leaves the launch to the next delivery", async () => {
    const { id } = await launchAndDequeue(db);
    const [item] = (await claimAll()).filter(({ payload }) => (payload as { runId: string }).runId === id);
    await releaseWork(db, TEST_DEPLOYMENT, "agent-1", [item?.id ?? ""]);

    expect(await reportWorkerExit(db, { ...exit, runId: id, end: exited(1) })).toBe("SUPERSEDED");
    expect(await getRun(id)).toMatchObject({ status: "STARTING" });
  });

  test("of a finished run changes nothing", async () => {
    const id = await startedRun();
    await appendRunEvents(db, {
      runId: id,
      attempt: 1,
      firstSequence: 1,
      events: [lifeEvent("RUN_SUCCESS")],
    });

    expect(await reportWorkerExit(db, { ...exit, runId: id, end: exited(0) })).toBe("CONTINUE");
    expect(await getRun(id)).toMatchObject({ status: "SUCCESS" });
    expect(await listTypes(id)).toHaveLength(4);
  });

  test("of a run that is being canceled cancels it", async () => {
    const id = await startedRun();
    await terminateRun(db, TEST_DEPLOYMENT, id);
    await reportWorkerExit(db, { ...exit, runId: id, end: KILLED });

    expect(await getRun(id)).toMatchObject({ status: "CANCELED" });
  });

  test("of a worker that was taken for lost adds what became of it", async () => {
    const id = await lostRun();
    await reportWorkerExit(db, { ...exit, runId: id, end: KILLED });

    expect(await getRun(id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_LOST" });
    expect((await listTypes(id)).at(-1)).toBe("ENGINE_EVENT");
  });
});
