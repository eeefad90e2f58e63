import { expect, test } from "vitest";
import { putLogChunk } from "../logs/log-store.ts";
import { TEST_LOGS } from "../testing/memory-log-storage.ts";
import { appendRunEvents } from "./fold/append-run-events.ts";
import { startAttempt } from "./attempts/attempt-store.ts";
import { reportWorkerExit } from "./attempts/report-worker-exit.ts";
import {
  claimLaunch,
  launchAndDequeue,
  launchInput,
  lifeEvent,
  TEST_DEPLOYMENT,
  launchTestRun,
} from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";

const { db, ask } = await startUserApi();

async function begin(runId: string, attempt: number, output: string): Promise<void> {
  await claimLaunch(db, runId);
  await startAttempt(db, { runId, attempt, workerId: `w${attempt}`, place: "1@host", codeDigest: null });
  await appendRunEvents(db, { runId, attempt, firstSequence: 0, events: [lifeEvent("RUN_START")] });
  await putLogChunk(
    { db, logs: TEST_LOGS },
    { runId, attempt, stream: "stdout", offset: 0, bytes: Buffer.from(output) },
  );
}

async function outputOf(id: string, attempt: number | null): Promise<unknown> {
  const { data, errors } = await ask(
    "query ($id: ID!, $attempt: Int) { run(id: $id) { attempt logs(stream: STDOUT, attempt: $attempt) { text } } }",
    { id, attempt },
  );
  return errors?.[0]?.message ?? data?.["run"];
}

test("the output of each attempt of a run can be read; without a number that of the newest", async () => {
  const { id } = await launchAndDequeue(db, { tags: { "millrace/max_resume_attempts": "1" } });
  await begin(id, 1, "one");
  await reportWorkerExit(db, {
    deploymentId: TEST_DEPLOYMENT,
    agentId: "agent-1",
    runId: id,
    attempt: 1,
    workerId: "w1",
    end: { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null },
  });
  await begin(id, 2, "two");

  expect(await outputOf(id, null)).toEqual({ attempt: 2, logs: { text: "two" } });
  expect(await outputOf(id, 1)).toEqual({ attempt: 2, logs: { text: "one" } });
  expect(await outputOf(id, 2)).toEqual({ attempt: 2, logs: { text: "two" } });
  for (const attempt of [-1, 0, 3])
    expect(await outputOf(id, attempt)).toBe(`There is no attempt ${attempt} of run ${id}`);
});

test("a run that waits for its first attempt has written nothing", async () => {
  const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput());

  expect(await outputOf(id, null)).toEqual({ attempt: 0, logs: { text: "" } });
});
