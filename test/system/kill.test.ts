import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProject } from "./project.ts";
import { startStack, type RunView, type Stack, workerPid } from "./stack.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));
const flights = fileURLToPath(new URL("../../examples/flights", import.meta.url));
const ASSETS = 11;
const CHECKS = 4;

// Longer than it takes until a silent worker is out of reach.
const busy = createProject({
  "src/definitions.ts": `import { asset } from "millrace";
    export const busy = asset("busy", () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000));`,
});
// Its run goes on until the test lets it end.
const waiting = createProject({
  "src/definitions.ts": `
      import { existsSync } from "node:fs";
      import { join } from "node:path";
      import { definitions, job, op } from "millrace";

      const wait = op("wait", async (context) => {
        console.log("begun");
        context.log.info("begun");
        while (!existsSync(join(import.meta.dirname, "go"))) await new Promise((resolve) => setTimeout(resolve, 50));
        console.log("done");
      });
      export const defs = definitions({ jobs: [job("waiting", () => void wait())] });
    `,
});
// One for all tests: whatever was killed before, it is as good as new.
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
  await stack.load("flights", flights);
});
afterAll(async () => {
  await stack.stop();
  busy.remove();
  waiting.remove();
});

test("a worker that is killed fails its run at once, with the cause named", async () => {
  const { id, run } = await startReport();

  const killedAt = Date.now();
  process.kill(workerPid(run), "SIGKILL");

  const ended = await stack.awaitEnd(id);
  expect(ended).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
  expect(ended.failureMessage).toMatch(/SIGKILL/);
  expect(failedAt(ended) - killedAt).toBeLessThan(NOTICED_WITHIN_MS);
  expectEachEventOnce(ended);
});

test("with worker and agent killed, and nobody coming back, the run ends as lost when its lease is over", async () => {
  const set = "mutation ($settings: JSON!) { setDeploymentSettings(settings: $settings) { __typename } }";
  await stack.query(set, { settings: { worker_lease_seconds: 15 } });
  const { id, run } = await startReport();

  const killedAt = Date.now();
  await stack.kill("agent", "SIGKILL");
  process.kill(workerPid(run), "SIGKILL");

  const ended = await stack.awaitEnd(id);
  expect(ended).toMatchObject({ status: "FAILURE", failureReason: "WORKER_LOST" });
  expect(failedAt(ended) - killedAt).toBeLessThan(NOTICED_WITHIN_MS + 1_000);
  await stack.query(set, { settings: {} });
  stack.startAgent();
});

test("an agent that is killed loses nothing: its run goes on, and the next agent adopts it and takes up new work", async () => {
  const { id } = await startReport();

  await stack.kill("agent", "SIGKILL");
  const queued = await launchReport();
  stack.startAgent();

  const [first, second] = await Promise.all([stack.awaitEnd(id), stack.awaitEnd(queued)]);
  expectComplete(first);
  expectComplete(second);
});

test("a run whose code keeps its thread busy stays in reach when its agent is killed: the next agent speaks for it", async () => {
  await stack.load("busy", busy.folder);
  const id = await stack.launch({ locationName: "busy", assetSelection: ["busy"] });
  await stack.awaitRun(id, ({ events }) => events.nodes.some(({ type }) => type === "STEP_START"));

  await stack.kill("agent", "SIGKILL");
  stack.startAgent();

  const ended = await stack.awaitEnd(id);
  expect(ended).toMatchObject({ status: "SUCCESS", attempt: 1 });
  expect(ended.events.nodes.map(({ type }) => type)).not.toContain("RUN_WORKER_UNREACHABLE");
});

test("a control plane that is killed loses nothing: the worker goes on and delivers when it is back", async () => {
  const { id } = await startReport();

  await stack.kill("server", "SIGKILL");
  await stack.startServer();

  expectComplete(await stack.awaitEnd(id));
});

test("a database that is killed is brought back by the control plane, and nothing is lost", async () => {
  const { id } = await startReport();

  process.kill(stack.databasePid(), "SIGKILL");

  expectComplete(await stack.awaitEnd(id));
  expectComplete(await stack.awaitEnd(await launchReport()));
});

test("with worker, agent and control plane killed at once, the run ends with its cause named and new runs succeed", async () => {
  const { id, run } = await startReport();

  process.kill(workerPid(run), "SIGKILL");
  await Promise.all([stack.kill("agent", "SIGKILL"), stack.kill("server", "SIGKILL")]);
  await stack.startServer();
  stack.startAgent();

  const ended = await stack.awaitEnd(id);
  expect(ended).toMatchObject({ status: "FAILURE", failureReason: "WORKER_DIED" });
  expectEachEventOnce(ended);
  expectComplete(await stack.awaitEnd(await launchReport()));
});

test("who follows a run follows it to its end, though database and control plane are killed meanwhile", async () => {
  await stack.load("waiting", waiting.folder);
  const id = await stack.launch({ locationName: "waiting", jobName: "waiting" });
  const events = await follow(id);
  const output = await follow(id, "--stdout");

  process.kill(stack.databasePid(), "SIGKILL");
  await stack.kill("server", "SIGKILL");
  await Promise.all([events, output].map(({ child }) => once(child.stderr, "readable")));
  await stack.startServer();
  writeFileSync(join(waiting.folder, "src/go"), "");

  expect(await events.ended).toMatchObject({
    code: 0,
    output: expect.stringContaining("SUCCESS"),
    complaints: expect.stringContaining("Trying on"),
  });
  expect(await output.ended).toMatchObject({ code: 0, output: "begun\ndone\n" });
});

/** Follows a run as a user does, from when it has told something on. */
async function follow(id: string, ...options: readonly string[]) {
  const args = [millrace, "run", "logs", id, "--follow", ...options, "--url", stack.url];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const told = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  await once(child.stdout, "readable");
  return { ended: told.then(([output, complaints, [code]]) => ({ code, output, complaints })), child };
}

/** Within which a worker that died is noticed, at least, whoever died with it. */
const NOTICED_WITHIN_MS = 15_000;

function failedAt({ events }: RunView): number {
  return Date.parse(events.nodes.find(({ type }) => type === "RUN_FAILURE")?.timestamp ?? "");
}

async function launchReport(): Promise<string> {
  return stack.launch({ jobName: "flights_report", partitionKey: "2001-06-01" });
}

/** Launches the example's main job and waits until its first step runs. */
async function startReport(): Promise<{ id: string; run: RunView }> {
  const id = await launchReport();
  const run = await stack.awaitRun(id, (seen) =>
    seen.events.nodes.some((event) => event.type === "STEP_START"),
  );
  return { id, run };
}

function expectComplete(run: RunView): void {
  expect(run, run.failureMessage ?? "").toMatchObject({ status: "SUCCESS" });
  const count = (type: string) => run.events.nodes.filter((event) => event.type === type).length;
  expect(count("STEP_SUCCESS")).toBe(ASSETS + CHECKS);
  expect(count("ASSET_MATERIALIZATION")).toBe(ASSETS);
  expect(count("ASSET_CHECK_EVALUATION")).toBe(CHECKS);
  expectEachEventOnce(run);
}

/** Positions are dense, and what the worker numbered is there once, in order. */
function expectEachEventOnce(run: RunView): void {
  expect(run.events.nodes.map((event) => event.position)).toEqual(run.events.nodes.map((_, index) => index));
  const starts = run.events.nodes
    .filter((event) => event.type === "STEP_START")
    .map((event) => event.stepKey);
  expect(new Set(starts).size).toBe(starts.length);
  expect(run.events.nodes.filter((event) => event.type === "RUN_START")).toHaveLength(1);
}
