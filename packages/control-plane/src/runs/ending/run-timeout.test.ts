import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { updateDeploymentSettings } from "../../deployments/deployment-store.ts";
import { parseSettingsInput } from "../../deployments/settings.ts";
import { claimWork } from "../../work/work-store.ts";
import { listRunWaits } from "../../run-queue/run-wait.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { heartbeatAttempt, isCurrentAttempt, startAttempt } from "../attempts/attempt-store.ts";
import { failLostAttempts } from "../attempts/end-attempt.ts";
import { markUnreachableWorkers } from "../attempts/mark-unreachable.ts";
import { reportWorkerExit } from "../attempts/report-worker-exit.ts";
import { countUnfinishedRuns, findWorkers, type Run } from "../run-store.ts";
import { terminateRun } from "./terminate-run.ts";
import { stopHungWorkers, endOverdueRuns } from "./run-timeout.ts";
import {
  getTestRun,
  launchAndDequeue,
  launchInput,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  launchTestRun,
} from "../../testing/test-runs.ts";

const { db, advance, getTime } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);

const getRun = (id: string): Promise<Run> => getTestRun(db, id);
const claim = () =>
  claimWork(db, { deploymentId: TEST_DEPLOYMENT, agentId: "a", queues: ["default", "agent:a"], max: 1_000 });

/** A run whose worker began just now, by the database's clock, and whose own clock says `timestamp`. */
async function startedRun(tags: Readonly<Record<string, string>>, timestamp?: number): Promise<string> {
  const { id } = await launchAndDequeue(db, { tags });
  await claim();
  await startAttempt(db, { runId: id, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null });
  const began = lifeEvent("RUN_START", timestamp);
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events: [began] });
  return id;
}

const stopsAfter = (seconds: string) => ({ "millrace/max_runtime": seconds });

test("a run that took longer than its tag says is stopped, and fails once its worker has stopped", async () => {
  const [overdue, inTime] = [await startedRun(stopsAfter("59.5")), await startedRun(stopsAfter("100"))];
  await advance(59.4);
  expect(await endOverdueRuns(db, TEST_DEPLOYMENT)).toEqual([]);
  await advance(0.1);

  expect(await endOverdueRuns(db, TEST_DEPLOYMENT)).toEqual([overdue]);

  expect((await getRun(inTime)).status).toBe("STARTED");
  expect(await getRun(overdue)).toMatchObject({
    status: "CANCELING",
    failureReason: "MAX_RUNTIME_EXCEEDED",
    failureMessage: "The run took longer than the 59.5 s it may",
  });
  expect((await claim()).map(({ payload }) => payload)).toEqual([
    { kind: "terminate_run", runId: overdue, attempt: 1, graceSeconds: 30 },
  ]);
  const told = await db
    .selectFrom("run_event")
    .select("level")
    .where("run_id", "=", overdue)
    .where("type", "=", "RUN_CANCELING")
    .execute();
  expect(told).toEqual([{ level: "ERROR" }]);
  const end = { runId: overdue, attempt: 1, firstSequence: 1, events: [lifeEvent("RUN_CANCELED")] };
  expect(await appendRunEvents(db, end)).toMatchObject({ nextSequence: 2 });
  expect(await getRun(overdue)).toMatchObject({ status: "FAILURE", failureReason: "MAX_RUNTIME_EXCEEDED" });
  expect(await endOverdueRuns(db, TEST_DEPLOYMENT)).toEqual([]);
});

test("the deployment's setting holds for runs that do not say it themselves", async () => {
  await updateDeploymentSettings(db, TEST_DEPLOYMENT, parseSettingsInput({ max_runtime_seconds: 30 }));
  const [bySetting, byTag] = [await startedRun({}), await startedRun(stopsAfter("100"))];
  await advance(60);

  const ended = await endOverdueRuns(db, TEST_DEPLOYMENT);
  await updateDeploymentSettings(db, TEST_DEPLOYMENT, parseSettingsInput({}));

  expect(ended).toContain(bySetting);
  expect(ended).not.toContain(byTag);
});

test.each([['"soon"'], ["-1"], ["[]"]])(
  "a stored limit of %s is none, and stops no other run from ending",
  async (stored) => {
    await sql`update deployment set settings = jsonb_build_object('max_runtime_seconds', ${stored}::jsonb)`.execute(
      db,
    );
    const [byNothing, byTag] = [await startedRun({}), await startedRun(stopsAfter("1"))];
    await advance(60);

    const ended = await endOverdueRuns(db, TEST_DEPLOYMENT);
    await updateDeploymentSettings(db, TEST_DEPLOYMENT, parseSettingsInput({}));

    expect(ended).toContain(byTag);
    expect(ended).not.toContain(byNothing);
  },
);

test("a worker that does not listen and is killed leaves a run that took too long, not one that lost its worker", async () => {
  const id = await startedRun({ ...stopsAfter("1"), "millrace/max_resume_attempts": "5" });
  await advance(60);
  await endOverdueRuns(db, TEST_DEPLOYMENT);

  await reportWorkerExit(db, {
    deploymentId: TEST_DEPLOYMENT,
    agentId: "a",
    runId: id,
    attempt: 1,
    workerId: "w1",
    end: { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null },
  });

  expect(await getRun(id)).toMatchObject({ status: "FAILURE", failureReason: "MAX_RUNTIME_EXCEEDED" });
});

test("a run whose next attempt still waits for its agent fails at once", async () => {
  const id = await startedRun({ ...stopsAfter("1"), "millrace/max_resume_attempts": "1" });
  await advance(60);
  const death = {
    deploymentId: TEST_DEPLOYMENT,
    agentId: "a",
    runId: id,
    attempt: 1,
    workerId: "w1",
    end: { how: "exited", exitCode: 1, detail: null, lastOutput: null } as const,
  };
  await reportWorkerExit(db, death);

  await endOverdueRuns(db, TEST_DEPLOYMENT);

  expect(await getRun(id)).toMatchObject({
    status: "FAILURE",
    failureReason: "MAX_RUNTIME_EXCEEDED",
    attempt: 2,
  });
  expect(await claim()).toEqual([]);
});

test.each([
  ["an hour behind", -3_600_000],
  ["an hour ahead", 3_600_000],
])("a worker whose clock is %s gets the time its run may take, no less and no more", async (_, offsetMs) => {
  const id = await startedRun(stopsAfter("1800"), (await getTime()) + offsetMs);

  await advance(1_799);
  expect(await endOverdueRuns(db, TEST_DEPLOYMENT)).toEqual([]);
  await advance(1);
  expect(await endOverdueRuns(db, TEST_DEPLOYMENT)).toEqual([id]);
});

test("a worker whose disk is full is said to be, once each time, in its run's log and in what the run waits for", async () => {
  const id = await startedRun({});
  const heldBy = "there is no room left on the disk of /home/x (ENOSPC)";
  for (const held of [heldBy, heldBy, null, null])
    await heartbeatAttempt(db, id, 1, "w1", { blockedSeconds: null, heldBy: held });
  const told = await db
    .selectFrom("run_event")
    .select("message")
    .where("run_id", "=", id)
    .where("type", "=", "ENGINE_EVENT")
    .orderBy("position")
    .execute();
  expect(told.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      new RegExp(
        `can't write down what happens, and keeps it in memory: ${heldBy.replaceAll(/[()]/g, ".")}$`,
      ),
    ),
    expect.stringContaining("can write down again"),
  ]);
  expect(await listRunWaits(db, await getRun(id))).toEqual([]);
  await heartbeatAttempt(db, id, 1, "w1", { blockedSeconds: null, heldBy });
  expect(await listRunWaits(db, await getRun(id))).toMatchObject([
    { kind: "disk", message: expect.stringContaining(heldBy) as string },
  ]);
});

const beat = (id: string, blockedSeconds: number | null) =>
  heartbeatAttempt(db, id, 1, "w1", { blockedSeconds, heldBy: null });

test("a worker whose main thread is blocked is shown as such, and ended when that lasts too long", async () => {
  const [hung, busy] = [
    await startedRun({ "millrace/hang_timeout": "100" }),
    await startedRun({ "millrace/hang_timeout": "100" }),
  ];
  const workerOf = async (id: string) => (await findWorkers(db, TEST_DEPLOYMENT, [id])).get(id);
  for (const id of [hung, busy]) await beat(id, 40);
  const since = (await workerOf(hung))?.blockedSince?.getTime() ?? 0;
  expect(since).toBeCloseTo((await getTime()) - 40_000, -1);

  await advance(30);
  await beat(hung, 70);
  await beat(busy, null);
  expect((await workerOf(hung))?.blockedSince?.getTime()).toBe(since);
  expect((await workerOf(busy))?.blockedSince).toBeNull();
  expect(await stopHungWorkers(db, TEST_DEPLOYMENT)).toEqual([]);
  await advance(31);
  await beat(busy, 40);

  expect(await stopHungWorkers(db, TEST_DEPLOYMENT)).toEqual([hung]);
  expect(await getRun(hung)).toMatchObject({ status: "CANCELING", failureReason: "WORKER_HUNG" });
  expect((await getRun(busy)).status).toBe("STARTED");
  const told = await db
    .selectFrom("run_event")
    .select("message")
    .where("run_id", "=", busy)
    .where("type", "=", "ENGINE_EVENT")
    .orderBy("position")
    .execute();
  expect(told.map(({ message }) => message?.slice(0, 50))).toEqual([
    "The main thread of worker 1@h has not answered for",
    "The main thread of worker 1@h answers again",
    "The main thread of worker 1@h has not answered for",
  ]);
});

const killed = (id: string) => ({
  deploymentId: TEST_DEPLOYMENT,
  agentId: "a",
  runId: id,
  attempt: 1,
  workerId: "w1",
  end: { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null } as const,
});

/** A run that may go on once, whose worker hangs and was given up for that. */
async function givenUpRun(): Promise<string> {
  const id = await startedRun({ "millrace/hang_timeout": "100", "millrace/max_resume_attempts": "1" });
  await beat(id, 100);
  expect(await stopHungWorkers(db, TEST_DEPLOYMENT)).toEqual([id]);
  return id;
}

describe("a run that may go on, and whose worker hangs", () => {
  test("keeps its status until that worker was killed, and goes on then", async () => {
    const id = await givenUpRun();
    const { active } = await countUnfinishedRuns(db, TEST_DEPLOYMENT);

    expect(await getRun(id)).toMatchObject({ status: "STARTED", attempt: 1 });
    expect((await claim()).map(({ payload }) => payload)).toEqual([
      { kind: "terminate_run", runId: id, attempt: 1, graceSeconds: 0 },
    ]);
    expect(await stopHungWorkers(db, TEST_DEPLOYMENT)).toEqual([]);
    await reportWorkerExit(db, killed(id));

    expect(await getRun(id)).toMatchObject({ status: "STARTED", attempt: 2 });
    expect((await countUnfinishedRuns(db, TEST_DEPLOYMENT)).active).toBe(active);
    const messages = await db
      .selectFrom("run_event")
      .select("message")
      .where("run_id", "=", id)
      .where("type", "=", "ENGINE_EVENT")
      .orderBy("position")
      .execute();
    expect(messages.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The main thread of worker 1@h has not answered for 100 s/),
      expect.stringMatching(/the 100 s it may. It is killed, and the run goes on in a further attempt/),
      expect.stringMatching(/SIGKILL.*Attempt 2 of at most 2 goes on/),
    ]);
  });

  test("goes on when nothing can be heard of that worker any more; what it says is refused and keeps no lease", async () => {
    const id = await givenUpRun();
    const late = { runId: id, attempt: 1, firstSequence: 1, events: [lifeEvent("RUN_SUCCESS")] };
    expect(await appendRunEvents(db, late)).toEqual({ nextSequence: 1, directive: "SUPERSEDED" });
    expect(await beat(id, null)).toBe("SUPERSEDED");
    expect(await isCurrentAttempt(db, id, 1)).toBe(false);

    const attempt = { runId: id, attempt: 1 };
    await advance(59);
    expect(await failLostAttempts(db, TEST_DEPLOYMENT)).not.toContainEqual(attempt);
    expect(await markUnreachableWorkers(db, TEST_DEPLOYMENT)).not.toContainEqual({
      ...attempt,
      place: "1@h",
    });
    await advance(2);
    expect(await failLostAttempts(db, TEST_DEPLOYMENT)).toContainEqual(attempt);

    expect(await getRun(id)).toMatchObject({ status: "STARTED", attempt: 2 });
  });

  test("fails as hung when it may not go on after all, and its worker does not come back", async () => {
    const id = await givenUpRun();
    await sql`update run set tags = '{}' where id = ${id}`.execute(db);
    await advance(61);
    await failLostAttempts(db, TEST_DEPLOYMENT);

    expect(await getRun(id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_HUNG" });
    expect(await beat(id, null)).toBe("SUPERSEDED");
    expect((await getRun(id)).status).toBe("FAILURE");
  });

  test("is canceled when somebody cancels it before that worker is gone", async () => {
    const id = await givenUpRun();
    await terminateRun(db, TEST_DEPLOYMENT, id);
    expect((await getRun(id)).status).toBe("CANCELING");

    await reportWorkerExit(db, killed(id));

    expect((await getRun(id)).status).toBe("CANCELED");
  });
});

test("blocked main threads end no run for as long as the setting says, and never where it is 0", async () => {
  const id = await startedRun({});
  await beat(id, 3_500);
  await advance(99);
  expect(await stopHungWorkers(db, TEST_DEPLOYMENT)).not.toContain(id);
  await advance(1);
  await updateDeploymentSettings(db, TEST_DEPLOYMENT, parseSettingsInput({ hang_timeout_seconds: 0 }));
  expect(await stopHungWorkers(db, TEST_DEPLOYMENT)).not.toContain(id);
  await updateDeploymentSettings(db, TEST_DEPLOYMENT, parseSettingsInput({}));
  expect(await stopHungWorkers(db, TEST_DEPLOYMENT)).toContain(id);
});

test.each([
  ["millrace/hang_timeout", "0"],
  ["millrace/max_runtime", "0"],
  ["millrace/max_runtime", "an hour"],
  ["millrace/max_runtime", "1e3"],
  ["millrace/max_resume_attempts", "-1"],
  ["millrace/max_resume_attempts", "1.5"],
])("tag %s=%s is refused when the run is launched", async (key, value) => {
  await expect(launchTestRun(db, TEST_DEPLOYMENT, launchInput({ tags: { [key]: value } }))).rejects.toThrow(
    `Tag \`${key}\` must be`,
  );
});

test("a tag that means nothing, from before it was checked, limits nothing", async () => {
  const id = await startedRun({});
  await advance(60);
  await sql`update run set tags = '{"millrace/max_runtime": "soon"}' where id = ${id}`.execute(db);

  expect(await endOverdueRuns(db, TEST_DEPLOYMENT)).toEqual([]);
});
