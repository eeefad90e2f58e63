import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startFakeAgentApi, type FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { identifyProcess, isRunning } from "./home/process-identity.ts";
import { killTestAgent, spawnTestAgent, startTestAgent, type TestAgent } from "./testing/test-agent.ts";
import { createTestProject, processOf, type TestProject } from "./testing/test-millrace.ts";

vi.setConfig({ testTimeout: 30_000 });

let api: FakeAgentApi;
let project: TestProject;
let next: TestAgent | null = null;

beforeEach(async () => {
  api = await startFakeAgentApi();
  project = createTestProject();
  api.work.desire({ name: "shop", revision: 1, document: project.document });
});
afterEach(async () => {
  await next?.stop();
  next = null;
  await api[Symbol.asyncDispose]();
  rmSync(project.folder, { recursive: true, force: true });
});

interface Report {
  readonly codeServers: readonly {
    readonly place: string;
    readonly state: string;
    readonly revision: number;
  }[];
  readonly runWorkers: readonly { readonly runId: string; readonly place: string }[];
}

/** Waits for a heartbeat that comes after `skip` others and says this. */
async function untilHeartbeat(matches: (report: Report) => boolean, skip = 0): Promise<Report> {
  const calls = () =>
    api
      .callsOf("Heartbeat")
      .slice(skip)
      .map(({ variables }) => variables["input"] as Report);
  await expect.poll(() => calls().some(matches), { timeout: 15_000 }).toBe(true);
  const found = calls().find(matches);
  if (!found) throw new Error("unreachable");
  return found;
}

function launch(runId: string, jobName: string): string {
  const run = {
    runId,
    attempt: 1,
    runToken: "mrr_x",
    locationName: "shop",
    jobName,
    runConfig: {},
    tags: {},
  };
  return api.work.enqueue("launch_run", run);
}

test("after kill -9, the next agent keeps the code server and the workers, and settles those that ended meanwhile", async () => {
  const first = spawnTestAgent(api, project);
  const item = launch("r1", "patient");
  launch("r2", "patient");
  const before = await untilHeartbeat(
    ({ runWorkers, codeServers }) => runWorkers.length === 2 && codeServers[0]?.state === "serving",
  );
  const [server] = before.codeServers;
  const placeOf = (runId: string) => before.runWorkers.find((worker) => worker.runId === runId)?.place;
  await killTestAgent(first);
  process.kill(processOf(placeOf("r2")), "SIGKILL");
  const heartbeats = api.callsOf("Heartbeat").length;

  next = startTestAgent(api, project, { stopWorkers: true });
  const ended = await api.untilCall("ReportWorkerExit");
  expect(ended.variables["input"]).toMatchObject({ runId: "r2", how: "LOST", exitCode: null });
  // The run may go on with the agent that tells of it, if it is there by then.
  const told = api.calls.map(({ operation }) => operation).filter((name) => /^(Register|ReportW)/.test(name));
  expect(told).toEqual(["RegisterAgent", "RegisterAgent", "ReportWorkerExit"]);
  const after = await untilHeartbeat(({ runWorkers }) => runWorkers.length === 1, heartbeats);
  expect(after.codeServers).toEqual([{ ...server, codeDigest: "one", locationName: "shop" }]);
  expect(after.runWorkers).toEqual([{ runId: "r1", attempt: 1, place: placeOf("r1") }]);

  // A worker that is nobody's child any more is found by its work, ends as it should, and its end is noticed.
  api.work.redeliver(item);
  api.work.enqueue("terminate_run", { runId: "r1", attempt: 1, graceSeconds: 20 });
  const last = await api.untilCall(
    "ReportWorkerExit",
    ({ input }) => (input as { runId: string }).runId === "r1",
  );
  expect(last.variables["input"]).toMatchObject({ exitCode: null });
  const events = api
    .callsOf("AppendEvents")
    .flatMap(({ variables }) => variables["events"] as { type: string }[]);
  expect(events.map(({ type }) => type).sort()).toEqual(["RUN_CANCELED", "RUN_START", "RUN_START"]);
});

test("an adopted code server serves until a newer revision has loaded, then it is stopped", async () => {
  const first = spawnTestAgent(api, project);
  const before = await untilHeartbeat(({ codeServers }) => codeServers[0]?.state === "serving");
  await killTestAgent(first);
  const old = identifyProcess(processOf(before.codeServers[0]?.place));
  project.write({ digest: "two" });
  api.work.desire({ name: "shop", revision: 2, document: project.document });

  next = startTestAgent(api, project);
  await untilHeartbeat(
    ({ codeServers }) => codeServers[0]?.revision === 2 && codeServers[0].state === "serving",
  );
  await expect.poll(() => isRunning(old), { timeout: 10_000 }).toBe(false);
});

test("an adopted code server that dies is started again", async () => {
  const first = spawnTestAgent(api, project);
  const before = await untilHeartbeat(({ codeServers }) => codeServers[0]?.state === "serving");
  await killTestAgent(first);
  next = startTestAgent(api, project);
  const { place } = before.codeServers[0] ?? {};
  const heartbeats = api.callsOf("Heartbeat").length;
  await untilHeartbeat(({ codeServers }) => codeServers[0]?.place === place, heartbeats);
  process.kill(processOf(place), "SIGKILL");
  const after = await untilHeartbeat(
    ({ codeServers }) => codeServers[0]?.state === "serving" && codeServers[0].place !== place,
    heartbeats,
  );
  expect(isRunning(identifyProcess(processOf(after.codeServers[0]?.place)))).toBe(true);
});

test("standby workers of a killed agent leave nothing behind", async () => {
  const first = spawnTestAgent(api, project);
  await untilHeartbeat(({ codeServers }) => codeServers[0]?.state === "serving");
  const workers = join(project.folder, "home", "workers");
  await expect.poll(() => readdirSync(workers)).toHaveLength(1);
  await killTestAgent(first);
  const [left] = readdirSync(workers);

  next = startTestAgent(api, project);
  await expect.poll(() => existsSync(join(workers, String(left)))).toBe(false);
});

test("an agent that stops in order leaves its runs to the next one, and nothing else running", async () => {
  next = startTestAgent(api, project);
  launch("r1", "patient");
  const before = await untilHeartbeat(({ runWorkers }) => runWorkers.length === 1);
  await next.stop();
  await api.untilCall("UnregisterAgent");
  expect(isRunning(identifyProcess(processOf(before.codeServers[0]?.place)))).toBe(false);
  const worker = identifyProcess(processOf(before.runWorkers[0]?.place));
  expect(isRunning(worker)).toBe(true);

  next = startTestAgent(api, project, { stopWorkers: true });
  const heartbeats = api.callsOf("Heartbeat").length;
  await untilHeartbeat(({ runWorkers }) => runWorkers[0]?.place === `process ${worker.pid}`, heartbeats);
  await next.stop();
  await api.untilCall("ReportWorkerExit");
  expect(isRunning(worker)).toBe(false);
});

test("the agent's process ends by itself once it has stopped, also while its workers go on", async () => {
  const first = spawnTestAgent(api, project);
  launch("r1", "patient");
  const { runWorkers } = await untilHeartbeat((report) => report.runWorkers.length === 1);
  api.revokeToken();
  const [exitCode] = await once(first, "exit");
  expect(exitCode).toBe(1);
  const worker = identifyProcess(processOf(runWorkers[0]?.place));
  expect(isRunning(worker)).toBe(true);
  process.kill(worker.pid, "SIGINT");
  await expect.poll(() => isRunning(worker)).toBe(false);
});

test("a launch that began for a worker of the agent before, which never had it, gets another one that asks in its place", async () => {
  const environment = { ...project.document.environment, WORKER_ID: "w-PID" };
  api.work.desire({ name: "shop", revision: 2, document: { ...project.document, environment } });
  const first = spawnTestAgent(api, project);
  const offered = async (other: string): Promise<string> => {
    const idOf = (offers: unknown): string =>
      (offers as readonly { readonly workerId: string }[])[0]?.workerId ?? other;
    const { variables } = await api.untilCall("ClaimWork", ({ offers }) => idOf(offers) !== other);
    return idOf(variables["offers"]);
  };
  const startedFor = await offered("none");
  await killTestAgent(first);
  next = startTestAgent(api, project, { stopWorkers: true });
  // By then the claim of the one before is known to be given up.
  await offered(startedFor);

  const run = {
    runId: "r1",
    attempt: 1,
    runToken: "mrr_x",
    locationName: "shop",
    jobName: "quick",
    startedFor,
  };
  api.work.enqueue("launch_run", { ...run, runConfig: {}, tags: {} });
  const { variables } = await api.untilCall("StartAttempt");
  expect(variables["input"]).toMatchObject({ runId: "r1", insteadOf: startedFor });
  expect(variables["input"]).not.toMatchObject({ workerId: startedFor });
});
