import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { listStepSpans, parseOutputMarks } from "@millrace/model/output-marks";
import { createAgentApiClient } from "@millrace/protocol/agent-api-client";
import { deliverRemainder } from "@millrace/protocol/journal/deliver-remainder";
import { startFakeAgentApi, type FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import type { StoredAttempt } from "@millrace/protocol/testing/fake-runs";
import { marksPath, readWorkerId } from "@millrace/protocol/journal/worker-files";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import { createTestProject, type TestProject } from "../testing/test-project.ts";
import { startTestWorker, type TestWorker } from "../testing/test-worker.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const DEFINITIONS = `
import { definitions, job, op, resource } from "millrace";

const said = (text: string) => console.log(text);
const jobOf = (name: string, compute: (context: any) => unknown) => {
  const step = op(name, compute as never);
  return job(name + "_job", () => { step(); });
};
const connection = resource("connection", { setup: () => 1, teardown: () => said("torn down") });
const waits = op("waits", { resources: { connection } }, async (context: any) => {
  said("waiting");
  await new Promise((resolve) => { const alive = setInterval(() => {}, 1000); context.signal.addEventListener("abort", () => { clearInterval(alive); resolve(null); }); });
});

const talker = (name: string) => op(name, async () => {
  for (let index = 0; index < 20; index++) {
    said(name + " " + index);
    await new Promise((resolve) => setImmediate(resolve));
  }
});
const left = talker("left");
const right = talker("right");

export const all = definitions({
  jobs: [
    jobOf("greets", (context) => { said("hello"); console.error("a warning"); context.log.info("logged"); }),
    jobOf("fails", () => { throw new Error("the step broke"); }),
    jobOf("hangs", () => new Promise(() => {})),
    jobOf("exits", () => process.exit(0)),
    jobOf("talks", (context) => { context.log.info("x".repeat(4_000_000)); }),
    jobOf("keeps_busy", () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000)),
    jobOf("asks", async ({ dynamicPartitions: files, log }) => {
      await files.add("files", ["c", "d"]);
      await files.delete("files", ["a"]);
      log.info("there are " + (await files.list("files")).join(","));
    }),
    job("waits_job", () => { waits(); }),
    job("side_by_side", () => { left(); right(); }),
  ],
});
`;

let project: TestProject;
let api: FakeAgentApi;

beforeAll(() => {
  project = createTestProject({ "defs.ts": DEFINITIONS });
});
afterAll(() => project[Symbol.dispose]());
beforeEach(async () => {
  api = await startFakeAgentApi();
});
afterEach(() => api[Symbol.asyncDispose]());

async function worker(job: string, way: "standby" | "file" = "standby", of = project): Promise<TestWorker> {
  const started = await startTestWorker(of, api.url, job, way);
  onTestFinished(() => started[Symbol.dispose]());
  await started.standingBy;
  return started;
}

/** Starts a worker and gives it its run. */
async function run(job: string): Promise<TestWorker> {
  const started = await worker(job);
  await started.execute();
  return started;
}

/** What has come of the run that test workers execute. */
function stored(): StoredAttempt {
  return api.runs.attemptOf("run-1", 1);
}

function types(): unknown[] {
  return stored().events.map((event) => event["type"]);
}

test("a standby worker executes its run, delivers everything and ends", async () => {
  const { ended, child, directory } = await run("greets_job");

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(types()).toEqual([
    "RUN_START",
    "LOGS_CAPTURED",
    "STEP_START",
    "LOG",
    "STEP_OUTPUT",
    "STEP_SUCCESS",
    "RUN_SUCCESS",
  ]);
  expect(stored().logs.stdout.toString()).toBe("hello\n");
  expect(stored().logs.stderr.toString()).toBe("a warning\n");
  expect(stored().started).toMatchObject({
    runId: "run-1",
    attempt: 1,
    workerId: readWorkerId(directory),
    place: `${child.pid}@${hostname()}`,
    agentId: "agent-1",
    codeDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test("what steps print side by side is delivered with marks that tell whose it is", async () => {
  const { ended } = await run("side_by_side");

  expect(await ended).toEqual({ code: 0, signal: null });
  const { stdout, marks } = stored().logs;
  const linesOf = (step: string) =>
    listStepSpans(parseOutputMarks(marks.toString(), "stdout"), step, stdout.length)
      .map(({ start, end }) => stdout.subarray(start, end).toString())
      .join("")
      .trim()
      .split("\n");
  for (const step of ["left", "right"])
    expect(linesOf(step)).toEqual(Array.from({ length: 20 }, (_, index) => `${step} ${index}`));
});

test("the cold way does the same from a file", async () => {
  const { ended } = await worker("greets_job", "file");

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(types().at(-1)).toBe("RUN_SUCCESS");
});

test("a failed step fails the run, with positions of the author's file", async () => {
  const { ended } = await run("fails_job");

  expect(await ended).toEqual({ code: 0, signal: null });
  const failure = stored().events.find((event) => event["type"] === "STEP_FAILURE") as {
    error: { message: string; stack: string };
  };
  expect(failure.error.message).toBe("the step broke");
  expect(failure.error.stack).toMatch(/defs\.ts:\d+:\d+/);
  expect(stored().events.at(-1)).toMatchObject({ type: "RUN_FAILURE", reason: "STEP_FAILURE" });
});

test("code that waits for what can never happen fails its run with that", async () => {
  const { ended } = await run("hangs_job");

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(stored().events.at(-1)).toMatchObject({
    type: "RUN_FAILURE",
    reason: "RUN_EXCEPTION",
    message: expect.stringContaining("waits for something that can never happen"),
  });
});

test("code that ends the process is told of, and the exit code is no success", async () => {
  const { ended, directory } = await run("exits_job");

  expect(await ended).toEqual({ code: 1, signal: null });
  await deliverRemainder(
    createAgentApiClient(api.url, "mrr_test"),
    { runId: "run-1", attempt: 1, workerId: readWorkerId(directory) },
    directory,
    () => {},
    new AbortController().signal,
  );
  expect(stored().events.at(-1)).toMatchObject({
    type: "ENGINE_EVENT",
    message: expect.stringContaining("process.exit"),
  });
});

test.each(["SIGINT", "SIGTERM"] as const)("%s cancels the run after its teardown", async (signal) => {
  const { child, ended } = await run("waits_job");
  await api.until(() => stored().logs.stdout.includes("waiting"));

  child.kill(signal);

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(types().at(-1)).toBe("RUN_CANCELED");
  expect(stored().logs.stdout.toString()).toContain("torn down");
});

test("the control plane can cancel the run, too", async () => {
  const { ended } = await run("waits_job");
  await api.until(() => stored().logs.stdout.includes("waiting"));

  api.runs.directive = "CANCEL";

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(types().at(-1)).toBe("RUN_CANCELED");
});

test("a superseded attempt runs nothing", async () => {
  api.runs.directive = "SUPERSEDED";
  const { ended, output } = await run("greets_job");

  expect((await ended).code).not.toBe(0);
  expect(output("stdout")).toBe("");
  expect(types()).toEqual([]);
});

test("what the code of a run asks and says reaches the control plane, which may be away meanwhile", async () => {
  api.runs.dynamicPartitions.set("files", ["a", "b"]);
  const started = await worker("asks_job");
  const begun = api.until(() => stored().started !== null);
  await started.execute();
  await begun;
  api.faults.push("500", "cut_after", "cut_before");
  await started.ended;

  expect(types().at(-1)).toBe("RUN_SUCCESS");
  expect(stored().events.map(({ message }) => message)).toContain("there are b,c,d");
});

test("what the control plane refuses fails the step, with its reason", async () => {
  api.runs.refusePartitions = "no more keys";
  const { ended } = await run("asks_job");
  await ended;

  expect(stored().events.find(({ type }) => type === "STEP_FAILURE")).toMatchObject({
    error: { message: "no more keys", code: "bad_request" },
  });
});

test("nothing runs before the control plane has answered", async () => {
  api.faults.push("500", "cut_before");
  const release = api.hold();
  const { ended, output } = await run("greets_job");
  await expect.poll(() => api.calls.length, { timeout: 10_000 }).toBe(3);
  expect(output("stdout")).toBe("");

  release();

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(types().at(-1)).toBe("RUN_SUCCESS");
});

test("a killed worker leaves everything it said", async () => {
  const { child, ended, directory } = await run("waits_job");
  await api.until(() => stored().logs.stdout.includes("waiting"));
  // A mark is written after the bytes that it tells of, and the courier may be quicker.
  await vi.waitFor(() => expect(readFileSync(marksPath(directory), "utf8")).not.toBe(""));

  child.kill("SIGKILL");
  await ended;
  const directive = await deliverRemainder(
    createAgentApiClient(api.url, "mrr_test"),
    { runId: "run-1", attempt: 1, workerId: readWorkerId(directory) },
    directory,
    () => {},
    new AbortController().signal,
  );

  expect(directive).toBe("CONTINUE");
  expect(types()).toContain("STEP_START");
  expect(stored().logs.marks.toString()).toBe("stdout 0 waits\n");
});

test("code that keeps the main thread busy does not silence the worker", async () => {
  const { ended } = await run("keeps_busy_job");

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(api.callsOf("AttemptHeartbeat")).not.toEqual([]);
});

test("a message of 4 MB stands whole in stdout, its head in the event", async () => {
  const { ended } = await run("talks_job");

  expect(await ended).toEqual({ code: 0, signal: null });
  const log = stored().events.find((event) => event["type"] === "LOG");
  expect(String(log?.["message"])).toHaveLength(65_536);
  expect(log?.["truncatedBytes"]).toBe(4_000_000 - 65_536);
  expect(stored().logs.stdout.length).toBe(4_000_001);
});

test("definitions that do not load in the worker fail the run, with their place", async () => {
  const broken = createTestProject({ "defs.ts": `throw new Error("only here");` });
  onTestFinished(() => broken[Symbol.dispose]());
  const started = await worker("greets_job", "standby", broken);
  await started.execute();

  expect(await started.ended).toEqual({ code: 0, signal: null });
  expect(stored().events.at(-1)).toMatchObject({
    type: "RUN_FAILURE",
    reason: "JOB_INITIALIZATION_FAILURE",
    message: expect.stringContaining("defs.ts:1:7: Error: only here"),
  });
});

test("a standby worker leaves when its agent is gone", async () => {
  const { child, ended } = await worker("greets_job");

  child.disconnect();

  expect(await ended).toEqual({ code: 0, signal: null });
});

test("a worker that has its run goes on without its agent", async () => {
  const { child, ended } = await run("greets_job");

  child.disconnect();

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(types().at(-1)).toBe("RUN_SUCCESS");
});

describe("a worker whose agent lends it a courier", () => {
  const threads = ({ child }: TestWorker) =>
    readdirSync(`/proc/${child.pid}/task`).map((task) =>
      readFileSync(`/proc/${child.pid}/task/${task}/comm`, "utf8").trim(),
    );
  async function runLent(job: string): Promise<TestWorker> {
    const started = await worker(job);
    await started.executeWithLentCourier();
    return started;
  }

  test("has no thread for one, delivers everything and ends", async () => {
    const started = await runLent("waits_job");
    await vi.waitFor(() => expect(types()).toContain("STEP_START"));
    expect(threads(started)).not.toContain("courier");
    started.child.kill("SIGINT");

    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(types().at(-1)).toBe("RUN_CANCELED");
    expect(stored().logs.stdout.toString()).toBe("waiting\ntorn down\n");
    expect(api.callsOf("StartAttempt")).toHaveLength(1);
  });

  test("asks its deployment by itself", async () => {
    const { ended } = await runLent("asks_job");

    expect(await ended).toEqual({ code: 0, signal: null });
    expect(stored().events.find((event) => event["type"] === "LOG")?.["message"]).toBe("there are c,d");
  });

  test("looks alive and shows what it has said while its code keeps the thread busy", async () => {
    const { ended } = await runLent("keeps_busy_job");
    await vi.waitFor(() => expect(types()).toContain("STEP_START"));
    expect(types()).not.toContain("STEP_SUCCESS");

    expect(await ended).toEqual({ code: 0, signal: null });
    expect(api.callsOf("AttemptHeartbeat")).not.toEqual([]);
  });

  test("goes on with its own when the agent is gone, and each event arrives once", async () => {
    const started = await runLent("waits_job");
    await vi.waitFor(() => expect(types()).toContain("STEP_START"));
    started.child.disconnect();
    await vi.waitFor(() => expect(threads(started)).toContain("courier"));
    started.child.kill("SIGINT");

    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(types().at(-1)).toBe("RUN_CANCELED");
    expect(new Set(types()).size).toBe(types().length);
  });

  test("begins with its own when the agent goes before it has heard whether it may", async () => {
    const started = await worker("greets_job");
    started.child.once("message", () => started.child.disconnect());
    started.child.send({ type: "execute", spec: started.spec, lendsCourier: true });

    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(types().at(-1)).toBe("RUN_SUCCESS");
  });

  test("has its own once the run lasts, and lets the agent's go", async () => {
    const started = await runLent("waits_job");
    await once(started.child, "disconnect");
    started.child.kill("SIGINT");

    expect(await started.ended).toEqual({ code: 0, signal: null });
    expect(types().at(-1)).toBe("RUN_CANCELED");
  });
});
