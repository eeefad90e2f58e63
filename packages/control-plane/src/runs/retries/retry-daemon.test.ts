import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { dequeueRuns } from "../../run-queue/dequeue-runs.ts";
import { failLaunch } from "../attempts/end-attempt.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { terminateRun } from "../ending/terminate-run.ts";
import { ALL_STEPS, reexecuteRun } from "../reexecution/reexecute-run.ts";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import {
  getTestRun,
  launchAndDequeue,
  GREETED,
  LAUNCH_CONTEXT,
  lifeEvent,
  loseTestRun,
  serveLocation,
  SHOP,
  startTestRun,
  TEST_DEPLOYMENT,
  TEST_ORIGIN,
  TEST_SETTINGS,
} from "../../testing/test-runs.ts";
import { launchDueRetries } from "./retry-daemon.ts";

const simulated = await createSimulatedDatabase();
const { db, advance } = simulated;
await serveLocation(db, "shop", SHOP);

const launchDue = () => launchDueRetries(db, TEST_DEPLOYMENT, LAUNCH_CONTEXT);

async function setSettings(settings: object): Promise<void> {
  await sql`update deployment set settings = ${JSON.stringify({ max_concurrent_runs: 1_000, ...settings })}::jsonb`.execute(
    db,
  );
}

const FAILED: RunEvent = {
  type: "RUN_FAILURE",
  reason: "STEP_FAILURE",
  error: null,
  message: "Step wave failed",
  timestamp: 4,
};

/** A run whose first step succeeds, and whose second one does not. */
async function failRun(): Promise<string> {
  const id = await startTestRun(db);
  const events: RunEvent[] = [
    ...GREETED,
    { type: "STEP_START", stepKey: "wave", attempt: 1, timestamp: 3, message: "" },
    {
      type: "STEP_FAILURE",
      stepKey: "wave",
      error: { name: "Error", message: "no luck", stack: null, cause: null },
      metadata: {},
      timestamp: 4,
      message: "",
    },
    FAILED,
  ];
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 1, events });
  return id;
}

/** A run that fails once these steps have succeeded; null: whose worker could not be launched. */
async function failAfter(succeeded: readonly string[] | null): Promise<string> {
  if (succeeded === null) {
    const { id } = await launchAndDequeue(db);
    await failLaunch(db, id, 1, "no agent took it");
    return id;
  }
  const id = await startTestRun(db);
  const steps = succeeded.flatMap((stepKey): RunEvent[] => [
    { type: "STEP_START", stepKey, attempt: 1, timestamp: 1, message: "" },
    { type: "STEP_SUCCESS", stepKey, durationMs: 1, timestamp: 2, message: "" },
  ]);
  await appendRunEvents(db, {
    runId: id,
    attempt: 1,
    firstSequence: 1,
    events: [...steps, { ...FAILED, reason: "WORKER_DIED" }],
  });
  return id;
}

async function listRetries(id: string): Promise<string[]> {
  const rows = await db.selectFrom("run").select("id").where("parent_run_id", "=", id).execute();
  return rows.map((row) => row.id);
}

describe("a run that fails", () => {
  test("is launched again from its failure, and says so in the moment in which it fails", async () => {
    await setSettings({ max_run_retries: 1 });
    const id = await failRun();
    expect((await getTestRun(db, id)).retryAt).not.toBeNull();

    await launchDue();

    const [retry = ""] = await listRetries(id);
    expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", retryAt: null, retryRunId: retry });
    expect(await getTestRun(db, retry)).toMatchObject({
      status: "QUEUED",
      origin: { kind: "retry" },
      rootRunId: id,
      stepSelection: ["wave"],
      tags: expect.objectContaining({ "millrace/retry_number": "1", "millrace/reexecution": "from_failure" }),
    });
  });

  test("stays failed without a word when nobody asked for retries", async () => {
    await setSettings({});
    const id = await failRun();

    await launchDue();

    expect(await getTestRun(db, id)).toMatchObject({ retryAt: null, retryRunId: null });
    expect(await listRetries(id)).toEqual([]);
  });

  test("is launched again once, by however many replicas, and after its pause", async () => {
    await setSettings({ max_run_retries: 1, run_retry_delay_seconds: 60 });
    const id = await failRun();
    await launchDue();
    expect(await listRetries(id)).toEqual([]);

    await advance(61);
    await Promise.all([launchDue(), launchDue(), launchDue()]);

    expect(await listRetries(id)).toHaveLength(1);
  });

  test("is launched again until its tries are used up, each after twice the pause; only the last failure is final", async () => {
    await setSettings({ max_run_retries: 2, run_retry_delay_seconds: 60 });
    const failToLaunch = async (id: string) => {
      await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
      await failLaunch(db, id, 1, "no agent took it");
    };
    const first = await failRun();
    await advance(61);
    await launchDue();
    const [second = ""] = await listRetries(first);
    await failToLaunch(second);
    await advance(119);
    await launchDue();
    expect(await listRetries(second)).toEqual([]);
    await advance(2);
    await launchDue();
    const [third = ""] = await listRetries(second);
    await failToLaunch(third);

    expect(await getTestRun(db, second)).toMatchObject({
      status: "FAILURE",
      retryAt: null,
      retryRunId: third,
    });
    expect(await getTestRun(db, third)).toMatchObject({
      status: "FAILURE",
      rootRunId: first,
      retryAt: null,
      retryRunId: null,
      tags: expect.objectContaining({ "millrace/retry_number": "2" }),
    });
  });

  test("is launched again once, also when it is not noted that it was", async () => {
    await setSettings({ max_run_retries: 1 });
    const id = await failRun();
    const { retryAt } = await getTestRun(db, id);
    await launchDue();
    const [retry = ""] = await listRetries(id);
    await db.updateTable("run").set({ retry_at: retryAt, retry_run_id: null }).where("id", "=", id).execute();

    await launchDue();

    expect(await listRetries(id)).toEqual([retry]);
    expect(await getTestRun(db, id)).toMatchObject({ retryAt: null, retryRunId: retry });
  });

  test("is launched again as a whole if that is asked for", async () => {
    await setSettings({ max_run_retries: 1, run_retry_strategy: "all_steps" });
    const id = await failRun();

    await launchDue();

    const [retry = ""] = await listRetries(id);
    expect(await getTestRun(db, retry)).toMatchObject({ stepSelection: null });
  });

  test.each([
    ["could not be launched", null, ["greet", "wave"]],
    ["failed before its first step", [], ["greet", "wave"]],
    ["lost its worker after its last step", ["greet", "wave"], null],
  ])("is launched again with all its steps when it %s", async (_what, succeeded, stepSelection) => {
    await setSettings({ max_run_retries: 1, max_resume_run_attempts: 0 });
    const id = await failAfter(succeeded);

    await launchDue();

    const [retry = ""] = await listRetries(id);
    expect(await getTestRun(db, retry)).toMatchObject({ status: "QUEUED", stepSelection });
  });

  test("says why it is not launched again after all", async () => {
    await setSettings({ max_run_retries: 1 });
    const id = await failRun();
    await db.deleteFrom("run_event").where("run_id", "=", id).where("step_key", "is not", null).execute();
    await sql`update run set location_name = 'gone' where id = ${id}`.execute(db);

    await launchDue();

    expect(await getTestRun(db, id)).toMatchObject({ retryAt: null, retryRunId: null });
    const last = await db
      .selectFrom("run_event")
      .select("message")
      .where("run_id", "=", id)
      .orderBy("position", "desc")
      .executeTakeFirstOrThrow();
    expect(last.message).toMatch(/^The run is not tried again: There is no code location "gone"/);
  });

  test("is not launched again once somebody has ended it", async () => {
    await setSettings({ max_run_retries: 1, run_retry_delay_seconds: 60 });
    const id = await failRun();

    expect(await terminateRun(db, TEST_DEPLOYMENT, id)).toEqual({
      kind: "already_finished",
      status: "FAILURE",
    });
    await advance(61);
    await launchDue();

    expect(await listRetries(id)).toEqual([]);
  });
});

test("a worker that was taken for lost and is heard again takes its run back, which is not launched again", async () => {
  await setSettings({ max_run_retries: 1, run_retry_delay_seconds: 600 });
  const id = await loseTestRun(simulated);
  expect((await getTestRun(db, id)).retryAt).not.toBeNull();

  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 1, events: [lifeEvent("RUN_SUCCESS")] });

  expect(await getTestRun(db, id)).toMatchObject({ status: "SUCCESS", retryAt: null });
});

test("a run that somebody repeats by hand has all its retries again", async () => {
  await setSettings({ max_run_retries: 1 });
  const id = await failRun();
  await launchDue();
  const [retry = ""] = await listRetries(id);

  const again = await reexecuteRun(db, TEST_DEPLOYMENT, retry, ALL_STEPS, TEST_ORIGIN, LAUNCH_CONTEXT);

  expect(again.tags).not.toHaveProperty("millrace/retry_number");
});
