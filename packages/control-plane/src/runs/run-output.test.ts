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

const { db, url, ask } = await startUserApi();

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

test("all that an attempt has written is downloaded byte for byte, also when it is no text", async () => {
  const { id } = await launchAndDequeue(db);
  const output = Buffer.concat([Buffer.from([0, 255, 10]), Buffer.alloc(3_000_000, "line\n")]);
  for (let offset = 0; offset < output.length; offset += 262_144) {
    const bytes = output.subarray(offset, offset + 262_144);
    await putLogChunk({ db, logs: TEST_LOGS }, { runId: id, attempt: 1, stream: "stderr", offset, bytes });
  }
  const file = (path: string) => fetch(new URL(path, url));

  const answer = await file(`/output/${id}/1/stderr`);
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${id}-1.stderr.txt"`);
  expect(Buffer.from(await answer.arrayBuffer()).equals(output)).toBe(true);
  expect(await (await file(`/output/${id}/1/stdout`)).text()).toBe("");

  for (const path of [`${id}/2/stderr`, `${id}/x/stderr`, `${id}/1/marks`, "no-run/1/stdout"])
    expect(await (await file(`/output/${path}`)).json()).toMatchObject({ errors: [{}] });
});

test("output is searched through the API", async () => {
  const { id } = await launchAndDequeue(db);
  const bytes = Buffer.from("one\nTWO\n");
  await putLogChunk({ db, logs: TEST_LOGS }, { runId: id, attempt: 1, stream: "stdout", offset: 0, bytes });
  const search = (text: string) =>
    ask(
      `query ($id: ID!, $text: String!) { run(id: $id) { logSearch(stream: STDOUT, text: $text) {
        matches { fromByte lineNumber text } nextByte size } } }`,
      { id, text },
    );

  expect((await search("two")).data?.["run"]).toEqual({
    logSearch: { matches: [{ fromByte: 4, lineNumber: 2, text: "TWO" }], nextByte: 8, size: 8 },
  });
  expect((await search("")).errors?.[0]?.message).toBe("`text` must not be empty");
});
