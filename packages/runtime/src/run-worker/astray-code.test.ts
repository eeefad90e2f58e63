import { startFakeAgentApi, type FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import type { StoredAttempt } from "@millrace/protocol/testing/fake-runs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createTestProject, type TestProject } from "../testing/test-project.ts";
import { startTestWorker, type TestWorker } from "../testing/test-worker.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const DEFINITIONS = `
import { definitions, env, job, op, resource, withConfig } from "millrace";
import { z } from "zod";

const jobOf = (name: string, compute: (context: any) => unknown) => {
  const step = op(name, { retryPolicy: { maxRetries: 1 } }, compute as never);
  return job(name + "_job", () => { step(); });
};
const vault = withConfig(resource("vault", { config: z.object({ key: z.string() }), setup: ({ config }) => config }), { key: env("TEST_SECRET") });
const leaks = op("leaks", { resources: { vault } }, ({ resources, log }) => {
  const { key } = resources.vault;
  console.log("printed", key, JSON.stringify({ key }));
  process.stdout.write(key.slice(0, 9));
  process.stdout.write(key.slice(9) + " in two\\n");
  console.error(Buffer.from("user:" + key).toString("base64"));
  log.info(encodeURIComponent(key));
  process.stdout.write("the last word is " + key.slice(0, 3));
});
const flaky = resource("flaky", { setup: () => { setTimeout(() => { throw new Error("the resource went away"); }, 5); return 1; } });
const first = op("throws_first", { resources: { flaky } }, async () => { await new Promise((resolve) => setTimeout(resolve, 60_000)); });

export const all = definitions({
  jobs: [
    jobOf("throws_later", async () => { setTimeout(() => { throw new Error("nobody caught this"); }, 5); await new Promise((resolve) => setTimeout(resolve, 60_000)); }),
    jobOf("rejects_later", async () => { void Promise.reject(new Error("nobody awaited this")); await new Promise((resolve) => setTimeout(resolve, 60_000)); }),
    job("throws_first_job", () => { first(); }),
    job("leaks_job", () => { leaks(); }),
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

async function run(job: string): Promise<TestWorker> {
  const started = await startTestWorker(project, api.url, job);
  onTestFinished(() => started[Symbol.dispose]());
  await started.standingBy;
  await started.execute();
  return started;
}

function stored(): StoredAttempt {
  return api.runs.attemptOf("run-1", 1);
}

test("an error that nobody catches and that is no step's fails the run with it", async () => {
  const { ended } = await run("throws_first_job");

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(stored().events.at(-1)).toMatchObject({
    type: "RUN_FAILURE",
    reason: "RUN_EXCEPTION",
    message: "the resource went away",
  });
});

test.each([
  ["throws_later_job", "nobody caught this"],
  ["rejects_later_job", "nobody awaited this"],
])(
  "an error that nobody catches is the failure of its step, with its retry policy: %s",
  async (job, message) => {
    const { ended } = await run(job);

    expect(await ended).toEqual({ code: 0, signal: null });
    const { events } = stored();
    const error = { message };
    expect(events).toContainEqual(
      expect.objectContaining({ type: "STEP_UP_FOR_RETRY", error: expect.objectContaining(error) }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ type: "STEP_FAILURE", error: expect.objectContaining(error) }),
    );
    expect(events.at(-1)).toMatchObject({ type: "RUN_FAILURE", reason: "STEP_FAILURE" });
  },
);

test("a secret that code prints or logs is masked, in every form", async () => {
  vi.stubEnv("TEST_SECRET", '-----BEGIN KEY-----\nline "two"\n-----END KEY-----');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { ended, output } = await run("leaks_job");

  expect(await ended).toEqual({ code: 0, signal: null });
  expect(output("stdout")).toBe('printed **** {"key":"****"}\n**** in two\nthe last word is ---');
  expect(output("stderr")).toBe("dXNlcjo****0=\n");
  expect(stored().events).toContainEqual(expect.objectContaining({ type: "LOG", message: "****" }));
});

test("code that throws while its worker rehearses ends the worker, as while it stands by", async () => {
  using crashing = createTestProject({
    "defs.ts": `
      import { definitions } from "millrace";
      process.on("newListener", (name) => {
        if (name === "beforeExit") queueMicrotask(() => { throw new Error("nobody caught this"); });
      });
      export const all = definitions({});
    `,
  });
  const started = await startTestWorker(crashing, api.url, "none");
  onTestFinished(() => started[Symbol.dispose]());
  await started.standingBy;

  expect(await started.ended).toEqual({ code: 1, signal: null });
  expect(started.output("stderr")).toContain("nobody caught this");
});
