import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startFakeAgentApi, type FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import type { StoredAttempt } from "@millrace/protocol/testing/fake-runs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createTestProject, type TestProject } from "../testing/test-project.ts";
import { startTestWorker, type TestWorker } from "../testing/test-worker.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const DEFINITIONS = `
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { definitions, dynamicOutput, executor, failureHook, job, op, processExecutor, resource, stepState } from "millrace";
import { z } from "zod";

const apart = processExecutor({ maxConcurrent: 4 });
const here = (name: string) => process.env.FOLDER + "/" + name;
const pid = resource("pid", { setup: () => process.pid, teardown: () => console.log("torn down in " + process.pid) });

const first = op("first", { resources: { pid } }, (context) => { console.log("in " + process.pid); return context.resources.pid; });
const second = op("second", (_context, before: number) => ({ before, own: process.pid }));
const check = op("check", (context, pids: { before: number; own: number }) => { context.log.info(pids.before === pids.own ? "shared" : "apart"); });

const list = op("list", { outputs: { item: dynamicOutput<number>() } }, () => ({ item: [["a", 1], ["b", 2], ["c", 3]] }));
const double = op("double", (_context, value: number) => value * 2);
const sum = op("sum", (context, values: readonly number[]) => { context.log.info("sum " + values.reduce((a, b) => a + b, 0)); });

const told = failureHook("told", (context) => context.log.warning("hook in " + context.stepKey));
const jobOf = (name: string, compute: (context: any) => unknown, options: any = {}) => {
  const step = op(name, { ...options, hooks: [told] } as never, compute as never);
  return job(name + "_job", { executor: apart }, () => { step(); });
};
const submitted = stepState("submitted", z.number());
const flaky = async (context: any) => {
  if (context.attempt === 1) { await context.state.set(submitted, 7); process.kill(process.pid, "SIGKILL"); }
  context.log.info("attempt " + context.attempt + " finds " + (await context.state.get(submitted)));
};
const alone = (context: any) => {
  if (existsSync(here("busy"))) throw new Error("two at once");
  writeFileSync(here("busy"), "");
  return new Promise<void>((resolve) => setTimeout(() => { unlinkSync(here("busy")); resolve(); }, 20));
};
const ownLimit = op("limited", { tags: { database: "main" } }, alone as never);
const elsewhere = executor("elsewhere", {
  execute: async ({ command: [program = "", ...rest], input, receive, stepKey }) => {
    appendFileSync(here("launched"), stepKey + "\\n");
    const child = spawn(program, rest, { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(input);
    for await (const chunk of child.stdout) receive(chunk as Buffer);
  },
});
const words = readFileSync(here("words"), "utf8");
const write = op("write", () => { writeFileSync(here("words"), "new words"); return 1; });
const say = op("say", (context, _before: number) => { context.log.info(words); });
export const all = definitions({
  jobs: [
    job("values", { executor: apart }, () => { check(second(first())); }),
    job("words", { executor: apart }, () => { say(write()); }),
    job("fan", { executor: apart }, () => { sum(list().item.map((item) => double(item)).collect()); }),
    job("own", { executor: elsewhere }, () => { check(second(first())); }),
    job("limited_job", { executor: processExecutor({ tagLimits: [{ key: "database", limit: 1 }] }) }, () => { for (const name of ["a", "b", "c"]) ownLimit.with({ alias: name })(); }),
    jobOf("exits", () => process.exit(3)),
    jobOf("throws_later", async () => { setTimeout(() => { throw new Error("nobody caught this"); }, 5); await new Promise((resolve) => setTimeout(resolve, 60_000)); }),
    jobOf("hangs", () => new Promise(() => {})),
    jobOf("flaky", flaky, { retryPolicy: { maxRetries: 1 } }),
    jobOf("waits", async (context) => { console.log("waiting"); await new Promise((resolve) => { const alive = setInterval(() => {}, 1000); context.signal.addEventListener("abort", () => { clearInterval(alive); resolve(null); }); }); }, { resources: { pid } }),
  ],
});
`;

let project: TestProject;
let api: FakeAgentApi;

beforeAll(() => {
  project = createTestProject({ "defs.ts": DEFINITIONS, words: "old words" });
  vi.stubEnv("FOLDER", project.folder);
});
afterAll(() => {
  vi.unstubAllEnvs();
  project[Symbol.dispose]();
});
beforeEach(async () => {
  api = await startFakeAgentApi();
});
afterEach(() => api[Symbol.asyncDispose]());

async function run(job: string): Promise<TestWorker> {
  const worker = await startTestWorker(project, api.url, job);
  onTestFinished(() => worker[Symbol.dispose]());
  await worker.standingBy;
  await worker.execute();
  return worker;
}

/** What has come of the run that test workers execute. */
function stored(): StoredAttempt {
  return api.runs.attemptOf("run-1", 1);
}

function logged(): unknown[] {
  return stored()
    .events.filter(({ type }) => type === "LOG")
    .map(({ message }) => message);
}

function eventsOf(type: string): readonly Readonly<Record<string, unknown>>[] {
  return stored().events.filter((event) => event["type"] === type);
}

test("each step runs in a process of its own, with its own resources, and values go from one to the next", async () => {
  const { ended, child } = await run("values");

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(stored().events.at(-1)?.["type"]).toBe("RUN_SUCCESS");
  expect(logged()).toEqual(["apart"]);
  expect(eventsOf("RESOURCE_INIT_SUCCESS")).toMatchObject([{ resource: "pid", stepKey: "first" }]);
  const [, inPid, tornDownPid] = /in (\d+)\ntorn down in (\d+)/.exec(stored().logs.stdout.toString()) ?? [];
  expect(inPid).toBe(tornDownPid);
  expect(Number(inPid)).not.toBe(child.pid);
});

test("a process that stood by gives way to one that reads what a file says now", async () => {
  const { ended } = await run("words");
  await ended;

  expect(logged()).toEqual(["new words"]);
  expect(stored().events.at(-1)?.["type"]).toBe("RUN_SUCCESS");
});

test("dynamic outputs are mapped and collected across processes", async () => {
  const { ended } = await run("fan");
  await ended;

  expect(logged()).toEqual(["sum 12"]);
  expect(eventsOf("STEP_SUCCESS").map(({ stepKey }) => stepKey)).toContain("double[b]");
});

test.each([
  ["exits_job", "exit code 3"],
  ["throws_later_job", "nobody caught this"],
  ["hangs_job", "can never happen"],
])("a step whose process goes astray fails alone, with the cause: %s", async (job, cause) => {
  const { ended } = await run(job);

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(logged()).toEqual(job === "exits_job" ? [] : [`hook in ${job.slice(0, -4)}`]);
  expect(eventsOf("STEP_FAILURE")).toMatchObject([{ error: { message: expect.stringContaining(cause) } }]);
  expect(stored().events.at(-1)).toMatchObject({ type: "RUN_FAILURE", reason: "STEP_FAILURE" });
});

test("a killed process is an attempt that failed: the retry policy decides, and what it had kept is found", async () => {
  const { ended } = await run("flaky_job");
  await ended;

  expect(eventsOf("STEP_UP_FOR_RETRY")).toMatchObject([
    { error: { message: expect.stringContaining("SIGKILL") } },
  ]);
  expect(logged()).toEqual(["attempt 2 finds 7"]);
  expect(stored().events.at(-1)?.["type"]).toBe("RUN_SUCCESS");
});

test("an interrupted step tears down before the run is canceled", async () => {
  const { child, ended } = await run("waits_job");
  await api.until(() => stored().logs.stdout.includes("waiting"));

  child.kill("SIGINT");

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(stored().events.at(-1)?.["type"]).toBe("RUN_CANCELED");
  expect(stored().logs.stdout.toString()).toContain("torn down");
});

test("steps that share a limited tag run one after the other", async () => {
  const { ended } = await run("limited_job");
  await ended;

  expect(stored().events.at(-1)?.["type"]).toBe("RUN_SUCCESS");
  expect(eventsOf("STEP_SUCCESS")).toHaveLength(3);
});

test("an executor of one's own starts the processes itself", async () => {
  const { ended } = await run("own");
  await ended;

  expect(logged()).toEqual(["apart"]);
  expect(readFileSync(join(project.folder, "launched"), "utf8")).toBe("first\nsecond\ncheck\n");
  expect(stored().logs.stderr.toString()).toMatch(/in \d+/);
});

test("a step's process ends when its run worker is killed", async () => {
  const { child, ended } = await run("waits_job");
  await api.until(() => stored().logs.stdout.includes("waiting"));
  const pids = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8")
    .trim()
    .split(" ")
    .map(Number);
  expect(pids.length).toBeGreaterThan(0);

  child.kill("SIGKILL");
  await ended;

  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
