import { describe, expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import type { LaunchRunWork } from "@millrace/model/runs/work-item";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { updateDeploymentSettings } from "../../deployments/deployment-store.ts";
import { parseSettingsInput } from "../../deployments/settings.ts";
import { listRunEvents } from "../../events/event-store.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { heartbeatAttempt, startAttempt } from "./attempt-store.ts";
import { failLaunch, failLostAttempts } from "./end-attempt.ts";
import { reportWorkerExit } from "./report-worker-exit.ts";
import { countUnfinishedRuns, type Run } from "../run-store.ts";
import {
  GREETED,
  claimLaunch,
  getTestRun,
  launchAndDequeue,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../../testing/test-runs.ts";
import { terminateRun } from "../ending/terminate-run.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);

const TAG = "millrace/max_resume_attempts";
const getRun = (id: string): Promise<Run> => getTestRun(db, id);

const stepEvents: readonly RunEvent[] = [
  ...GREETED,
  { type: "STEP_START", stepKey: "wave", attempt: 1, timestamp: 4, message: "" },
];

/** Hands the waiting attempt of a run to an agent and starts its worker. */
async function begin(runId: string, attempt: number): Promise<LaunchRunWork> {
  const launch = await claimLaunch(db, runId);
  await startAttempt(db, { runId, attempt, workerId: `w${attempt}`, place: "1@host", codeDigest: null });
  await appendRunEvents(db, { runId, attempt, firstSequence: 0, events: [lifeEvent("RUN_START", attempt)] });
  return launch;
}

/** A run whose first step has succeeded and whose second one runs. */
async function runInTheMiddle(tags: Readonly<Record<string, string>> = { [TAG]: "1" }): Promise<string> {
  const { id } = await launchAndDequeue(db, { tags });
  await begin(id, 1);
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 1, events: stepEvents });
  return id;
}

async function die(runId: string, attempt: number): Promise<void> {
  await reportWorkerExit(db, {
    deploymentId: TEST_DEPLOYMENT,
    agentId: "agent-1",
    runId,
    attempt,
    workerId: `w${attempt}`,
    end: { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null },
  });
}

describe("a run whose worker dies", () => {
  test("goes on in a further attempt that knows what had ended, keeping its status and its slot", async () => {
    const id = await runInTheMiddle();
    const { active } = await countUnfinishedRuns(db, TEST_DEPLOYMENT);

    await die(id, 1);

    expect(await getRun(id)).toMatchObject({ status: "STARTED", attempt: 2, startedAt: new Date(1) });
    expect((await countUnfinishedRuns(db, TEST_DEPLOYMENT)).active).toBe(active);
    const work = await begin(id, 2);
    expect(work).toMatchObject({ attempt: 2, jobName: "hello" });
    expect(work.history).toEqual({
      knownOutputs: {},
      outputRuns: {},
      resume: {
        finished: [{ stepKey: "greet", state: "success", attempts: 1, outputs: { result: null } }],
        started: [{ stepKey: "wave", attempts: 1, retryAt: null }],
      },
      storedOn: { agentId: "agent-1", agentName: "agent-1" },
    });
    const { nodes } = await listRunEvents(
      db,
      await getRun(id),
      { types: ["ENGINE_EVENT"], stepKey: null, levels: null, search: null },
      -1,
      10,
    );
    expect(nodes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/SIGKILL.*Attempt 2 of at most 2 goes on after the 1 step that had ended/),
    ]);

    await appendRunEvents(db, {
      runId: id,
      attempt: 2,
      firstSequence: 1,
      events: [lifeEvent("RUN_SUCCESS", 9)],
    });
    expect(await getRun(id)).toMatchObject({
      status: "SUCCESS",
      startedAt: new Date(1),
      endedAt: new Date(9),
    });
  });

  test("fails when its attempts are used up, and at once when it has none", async () => {
    const once = await runInTheMiddle();
    await die(once, 1);
    await begin(once, 2);
    await die(once, 2);
    expect(await getRun(once)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED", attempt: 2 });

    const never = await runInTheMiddle({});
    await die(never, 1);
    expect(await getRun(never)).toMatchObject({
      status: "FAILURE",
      failureReason: "WORKER_DIED",
      attempt: 1,
    });
  });

  test("may be resumed by the deployment's setting, which the run's tag overrides", async () => {
    await updateDeploymentSettings(db, TEST_DEPLOYMENT, parseSettingsInput({ max_resume_run_attempts: 3 }));
    const [bySetting, notByTag] = [await runInTheMiddle({}), await runInTheMiddle({ [TAG]: "0" })];

    await die(bySetting, 1);
    await die(notByTag, 1);
    await updateDeploymentSettings(db, TEST_DEPLOYMENT, parseSettingsInput({}));

    expect((await getRun(bySetting)).status).toBe("STARTED");
    expect((await getRun(notByTag)).status).toBe("FAILURE");
  });

  test("is canceled, not resumed, when it was being canceled; and while its next attempt waits it can be canceled", async () => {
    const canceling = await runInTheMiddle();
    await terminateRun(db, TEST_DEPLOYMENT, canceling);
    await die(canceling, 1);
    expect((await getRun(canceling)).status).toBe("CANCELED");

    const waiting = await runInTheMiddle();
    await die(waiting, 1);
    expect(await terminateRun(db, TEST_DEPLOYMENT, waiting)).toEqual({ kind: "canceled" });
    expect((await getRun(waiting)).status).toBe("CANCELED");
  });

  test("fails when nobody can start the next attempt", async () => {
    const id = await runInTheMiddle();
    await die(id, 1);

    await failLaunch(db, id, 2, "no agent took it");

    expect(await getRun(id)).toMatchObject({ status: "FAILURE", failureReason: "LAUNCH_FAILURE" });
  });

  test("is not resumed before it has started: there is nothing to go on with", async () => {
    const { id } = await launchAndDequeue(db, { tags: { [TAG]: "1" } });
    await claimLaunch(db, id);
    await die(id, 1);

    expect(await getRun(id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
  });
});

describe("a run whose worker is lost", () => {
  test("goes on, and the lost worker is refused when it comes back", async () => {
    const id = await runInTheMiddle();

    await advance(3_600);
    await failLostAttempts(db, TEST_DEPLOYMENT);

    expect(await getRun(id)).toMatchObject({ status: "STARTED", attempt: 2 });
    expect(await heartbeatAttempt(db, id, 1)).toBe("SUPERSEDED");
    const late = { runId: id, attempt: 1, firstSequence: 5, events: [lifeEvent("RUN_SUCCESS")] };
    expect(await appendRunEvents(db, late)).toMatchObject({ directive: "SUPERSEDED" });
    expect((await getRun(id)).status).toBe("STARTED");
    expect((await begin(id, 2)).history?.resume?.finished).toHaveLength(1);
  });
});
