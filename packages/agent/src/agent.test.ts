import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LocationSnapshotSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { startFakeAgentApi, type FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { startTestAgent, type TestAgent } from "./testing/test-agent.ts";
import { createTestProject, processOf, type TestProject } from "./testing/test-millrace.ts";
import { identifyProcess, isRunning } from "./home/process-identity.ts";

vi.setConfig({ testTimeout: 30_000 });

let api: FakeAgentApi;
let project: TestProject;
let agent: TestAgent;

beforeEach(async () => {
  api = await startFakeAgentApi();
  project = createTestProject();
  agent = startTestAgent(api, project, { stopWorkers: true });
});
afterEach(async () => {
  await agent.stop().catch(() => {});
  await api[Symbol.asyncDispose]();
  rmSync(project.folder, { recursive: true, force: true });
});

const home = () => join(project.folder, "home");

function desire(revision: number): void {
  api.work.desire({ name: "shop", revision, document: project.document });
}

function launch(runId: string, jobName: string, attempt = 1): string {
  return api.work.enqueue("launch_run", {
    runId,
    attempt,
    runToken: "mrr_x",
    locationName: "shop",
    jobName,
    runConfig: {},
    tags: {},
  });
}

/** What was reported of the location, one after the other. */
function reportedStates(): unknown[] {
  return api
    .callsOf("ReportLocation")
    .map(({ variables }) => (variables["input"] as { state: unknown }).state);
}

/** The log of the code servers of a revision. */
const codeServerLog = (revision: number) => join(home(), "code-servers/shop", String(revision), "log");

function untilReported(state: string, revision: number) {
  return api.untilCall("ReportLocation", ({ input }) => {
    const report = input as { state: string; revision: number };
    return report.state === state && report.revision === revision;
  });
}

async function untilExit(runId: string): Promise<Record<string, unknown>> {
  const call = await api.untilCall(
    "ReportWorkerExit",
    ({ input }) => (input as { runId: string }).runId === runId,
  );
  return call.variables["input"] as Record<string, unknown>;
}

/** Waits for a heartbeat that says this of the location's code server. */
async function untilServing(
  matches: (server: { place: string; revision: number; state: string }) => boolean,
) {
  const find = (variables: Record<string, unknown>) =>
    (
      variables["input"] as { codeServers: { place: string; revision: number; state: string }[] }
    ).codeServers.find(matches);
  const call = await api.untilCall("Heartbeat", (variables) => find(variables) !== undefined);
  const found = find(call.variables);
  if (!found) throw new Error("unreachable");
  return found;
}

async function untilStarted(runId: string): Promise<void> {
  await api.untilCall("Heartbeat", ({ input }) =>
    (input as { runWorkers: { runId: string }[] }).runWorkers.some((worker) => worker.runId === runId),
  );
}

test("a location is loaded, its snapshot uploaded, and reported under the snapshot's digest", async () => {
  desire(1);
  const report = (await untilReported("LOADED", 1)).variables["input"] as Record<string, unknown>;
  const upload = await api.untilCall("UploadSnapshot");
  const bytes = gunzipSync(upload.variables["bytes"] as Buffer);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(report["snapshotDigest"]);
  expect(report["codeDigest"]).toBe("one");
  expect(report["warnings"]).toEqual(["odd one"]);
  // The two batches of the code server are one message now.
  const snapshot = fromBinary(LocationSnapshotSchema, bytes);
  expect(snapshot.header?.codeDigest).toBe("one");
  expect(snapshot.assets.map((asset) => asset.key)).toEqual(["one"]);
});

test("a broken revision is reported once while the last good one goes on serving", async () => {
  desire(1);
  await untilReported("LOADED", 1);
  project.write({ digest: "two", fail: "orders is defined twice" });
  desire(2);
  const failed = await untilReported("FAILED", 2);
  expect(failed.variables["input"]).toMatchObject({ error: { message: "orders is defined twice" } });

  api.work.enqueue("evaluate_schedule", {
    locationName: "shop",
    scheduleName: "nightly",
    scheduledAt: "2030-01-01T00:00:00Z",
  });
  const done = await api.untilCall("CompleteWork");
  expect(done.variables["result"]).toEqual({
    runRequests: [],
    partitionsRequests: [],
    assetEvents: [],
    skipReason: "one",
    cursor: null,
    error: null,
    logs: [],
  });

  project.write({ digest: "three" });
  desire(3);
  await untilReported("LOADED", 3);
  expect((await untilServing((server) => server.revision === 3)).state).toBe("serving");
  const failures = api
    .callsOf("ReportLocation")
    .filter(({ variables }) => (variables["input"] as { state: string }).state === "FAILED");
  expect(failures).toHaveLength(1);
});

test("a run is launched, its events and output delivered, its end reported, and nothing kept", async () => {
  desire(1);
  launch("r1", "quick");
  expect(await untilExit("r1")).toMatchObject({ runId: "r1", attempt: 1, how: "EXITED", exitCode: 0 });
  const events = api
    .callsOf("AppendEvents")
    .flatMap(({ variables }) => variables["events"] as { type: string }[]);
  expect(events.map(({ type }) => type)).toEqual(["RUN_START", "RUN_SUCCESS"]);
  expect(api.callsOf("AppendEvents")[0]?.token).toBe("mrr_x");
  await api.untilCall("CompleteWork");
  await expect.poll(() => listAssigned()).toEqual([]);
});

function listAssigned(): string[] {
  return readdirSync(join(home(), "workers")).filter((entry) =>
    existsSync(join(home(), "workers", entry, "worker.json")),
  );
}

test("work that is delivered twice is done once", async () => {
  desire(1);
  const item = launch("r1", "patient");
  await api.untilCall("CompleteWork");
  api.work.redeliver(item);
  await expect.poll(() => api.callsOf("CompleteWork").length).toBe(2);
  expect(listAssigned()).toHaveLength(1);
  // What a worker's folder holds is for this user only.
  const folder = join(home(), "workers", listAssigned()[0] ?? "");
  expect(statSync(join(folder, "spec.json")).mode & 0o777).toBe(0o600);
  expect(statSync(home()).mode & 0o777).toBe(0o700);
});

test("a worker that dies is reported with its exit code and its last words", async () => {
  desire(1);
  launch("r1", "crash");
  expect(await untilExit("r1")).toMatchObject({ exitCode: 3, lastOutput: "the disk is on fire" });
});

test("a terminated worker ends by its own will, or is killed after the grace time with all it started", async () => {
  desire(1);
  launch("r1", "patient");
  launch("r2", "stubborn");
  await Promise.all([untilStarted("r1"), untilStarted("r2")]);
  const pid = await expect
    .poll(() => findStubbornChild())
    .toBeGreaterThan(0)
    .then(findStubbornChild);
  const child = identifyProcess(pid);
  api.work.enqueue("terminate_run", { runId: "r1", attempt: 1, graceSeconds: 20 });
  api.work.enqueue("terminate_run", { runId: "r2", attempt: 1, graceSeconds: 0.3 });

  expect(await untilExit("r1")).toMatchObject({ how: "EXITED", exitCode: 0 });
  expect(await untilExit("r2")).toMatchObject({ how: "SIGNALED", detail: "SIGKILL" });
  await expect.poll(() => isRunning(child)).toBe(false);
  const results = () => api.callsOf("CompleteWork").map(({ variables }) => variables["result"]);
  await expect.poll(results).toContainEqual({ found: true, killed: true });
  await expect.poll(results).toContainEqual({ found: true, killed: false });
});

function findStubbornChild(): number {
  for (const entry of readdirSync(join(home(), "workers"))) {
    const file = join(home(), "workers", entry, "child");
    if (existsSync(file)) return Number(readFileSync(file, "utf8"));
  }
  return 0;
}

test("work of an unknown kind, and work that makes no sense, fails for good and alone", async () => {
  desire(1);
  const unknown = api.work.enqueue("sing", {});
  const nonsense = api.work.enqueue("launch_run", { runId: 7 });
  launch("r1", "quick");
  const refusal = (id: string) => api.untilCall("FailWork", ({ itemId }) => itemId === id);
  expect((await refusal(unknown)).variables).toMatchObject({
    transient: false,
    error: { code: "unknown_work_kind" },
  });
  expect((await refusal(nonsense)).variables).toMatchObject({
    transient: false,
    error: { message: expect.stringContaining("`runId`") },
  });
  await untilExit("r1");
});

test("a run of a location that does not load fails for now, with the load error", async () => {
  project.write({ digest: "one", fail: "no such module" });
  desire(1);
  await untilReported("FAILED", 1);
  launch("r1", "quick");
  const failure = await api.untilCall("FailWork");
  expect(failure.variables).toMatchObject({
    transient: true,
    error: { message: "The code location shop has not loaded: no such module" },
  });
});

test("a run waits for its location while its lease is extended; once the lease is lost it is left alone", async () => {
  const item = launch("r1", "quick");
  await api.untilCall("ExtendLeases", ({ itemIds }) => (itemIds as string[]).includes(item));
  api.work.revokeLease(item);
  const heldNoMore = api.callsOf("ExtendLeases").length + 1;
  await expect.poll(() => api.callsOf("ExtendLeases").length).toBeGreaterThanOrEqual(heldNoMore);
  const next = launch("r2", "quick");
  desire(1);
  await api.untilCall("CompleteWork", ({ itemId }) => itemId === next);
  await untilExit("r2");
  expect(api.callsOf("ReportWorkerExit")).toHaveLength(1);
});

test("a tick that crashes its code server is given up after some tries; those that it took with it are evaluated", async () => {
  desire(1);
  await untilServing((server) => server.state === "serving");
  const names = ["deadly", "hourly", "daily"];
  const scheduledAt = "2025-01-01T00:00:00Z";
  const ids = names.map((scheduleName) =>
    api.work.enqueue("evaluate_schedule", { locationName: "shop", scheduleName, scheduledAt }),
  );
  const failures = () => api.callsOf("FailWork");
  const isLast = () => failures().some(({ variables }) => variables["transient"] === false);
  for (let seen = 0; !isLast();) {
    await api.until(() => failures().length > seen);
    const { itemId, transient } = failures()[seen++]?.variables ?? {};
    if (transient === true) api.work.redeliver(String(itemId));
  }
  expect(failures().filter(({ variables }) => variables["itemId"] === ids[0])).toHaveLength(3);
  expect(failures().at(-1)?.variables).toMatchObject({
    itemId: ids[0],
    error: {
      code: "code_server_crashed",
      message: expect.stringContaining('ended with exit code 9 while schedule "deadly" was evaluated'),
    },
  });
  for (const id of ids.slice(1)) await api.untilCall("CompleteWork", ({ itemId }) => itemId === id);
});

test("a code server that is killed is started again", async () => {
  desire(1);
  const { place } = await untilServing((server) => server.state === "serving");
  process.kill(processOf(place), "SIGKILL");
  const next = await untilServing((server) => server.state === "serving" && server.place !== place);
  expect(isRunning(identifyProcess(processOf(next.place)))).toBe(true);
});

test("a code server that crashes while it loads is reported and tried again until it loads", async () => {
  project.write({ digest: "one", exit: 7 });
  desire(1);
  const failed = await untilReported("FAILED", 1);
  const code = "ended_before_ready";
  const message = expect.stringContaining("exit code 7") as unknown;
  expect(failed.variables["input"]).toMatchObject({ error: { message, code, retryInMs: 500 } });
  // Two more tries.
  await expect
    .poll(() => readFileSync(codeServerLog(1), "utf8").match(/about to end/g)?.length)
    .toBeGreaterThanOrEqual(3);
  project.write({ digest: "two" });
  await untilReported("LOADED", 1);
  // Whoever looks meanwhile sees why it fails and when the next try is, not that it is being tried.
  expect(reportedStates().filter((state) => state !== "FAILED")).toEqual(["LOADING", "LOADED"]);
});

test("code that threw while it was loaded is loaded again later: what it asked may have been away", async () => {
  project.write({ digest: "one", fail: "the rates are away", code: "definitions_threw" });
  desire(1);
  await untilReported("FAILED", 1);
  project.write({ digest: "two" });
  await untilReported("LOADED", 1);
  expect(reportedStates()).toEqual(["LOADING", "FAILED", "LOADED"]);
});

test("a location that is not wanted any more is stopped; one for other queues is left alone", async () => {
  desire(1);
  const { place } = await untilServing((server) => server.state === "serving");
  const server = identifyProcess(processOf(place));
  api.work.desire({ name: "elsewhere", revision: 1, document: { ...project.document, queue: "other" } });
  await expect.poll(() => isRunning(server), { timeout: 10_000 }).toBe(false);
  await expect.poll(() => readdirSync(join(home(), "code-servers"))).toEqual([]);
});

test("an outage loses nothing: what ended meanwhile is reported afterwards, and the agent says hello again", async () => {
  desire(1);
  launch("r1", "patient");
  await untilStarted("r1");
  api.setAway(true);
  await api.untilRefused("Heartbeat");
  const { pid } = await workerOf("r1");
  process.kill(pid, "SIGINT");
  await expect.poll(() => isRunning(identifyProcess(pid))).toBe(false);
  const hellos = api.callsOf("RegisterAgent").length;
  api.setAway(false);
  await untilExit("r1");
  await expect.poll(() => api.callsOf("RegisterAgent").length, { timeout: 10_000 }).toBeGreaterThan(hellos);
});

async function workerOf(runId: string): Promise<{ pid: number }> {
  const find = (variables: Record<string, unknown>) =>
    (variables["input"] as { runWorkers: { runId: string; place: string }[] }).runWorkers.find(
      (worker) => worker.runId === runId,
    );
  const call = await api.untilCall("Heartbeat", (variables) => find(variables) !== undefined);
  return { pid: processOf(find(call.variables)?.place) };
}

test("a token that is not accepted any more ends the agent and says what to do", async () => {
  await api.untilCall("Heartbeat");
  api.revokeToken();
  await expect(agent.done).rejects.toMatchObject({
    code: "agent_token_refused",
    message: expect.stringContaining("Create another one"),
  });
});

test("a document that sets what decides which code runs is refused, and runs nothing", async () => {
  const proof = join(project.folder, "ran");
  const code = `require("fs").writeFileSync(${JSON.stringify(proof)}, "")`;
  const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
  api.work.desire({ name: "shop", revision: 1, document: { ...project.document, environment } });

  const failed = await untilReported("FAILED", 1);
  expect(failed.variables["input"]).toMatchObject({
    error: { code: "document_refused", message: expect.stringContaining("NODE_OPTIONS") },
  });
  expect(existsSync(proof)).toBe(false);
});

test("code in an image is refused with a word by an agent that launches processes", async () => {
  const image = { code: { kind: "image", image: "shop:1", entry: "definitions.ts" } };
  api.work.desire({ name: "shop", revision: 1, document: image });

  const failed = await untilReported("FAILED", 1);
  expect(failed.variables["input"]).toMatchObject({
    error: { code: "code_not_supported", message: expect.stringContaining("the image shop:1") },
  });
});

test("only one agent works in a home", async () => {
  await api.untilCall("Heartbeat");
  await expect(startTestAgent(api, project).done).rejects.toMatchObject({
    code: "agent_home_in_use",
  });
});

test("state that can't be read is set aside and nothing else suffers", async () => {
  desire(1);
  await untilReported("LOADED", 1);
  await agent.stop();
  const worker = join(home(), "workers", "11111111-1111-1111-1111-111111111111");
  mkdirSync(worker);
  writeFileSync(join(worker, "worker.json"), '{"runId": "r9", "attempt": 1, "record": "nonsense"}');
  writeFileSync(join(home(), "code-servers", "shop", "1", "server.json"), '{"revision');
  writeFileSync(join(home(), "agent.json"), "");

  agent = startTestAgent(api, project);
  launch("r1", "quick");
  await untilExit("r1");
  expect(readdirSync(join(home(), "workers.corrupt"))).toHaveLength(1);
  expect(existsSync(join(home(), "agent.json.corrupt"))).toBe(true);
});
