import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { systemIds } from "@millrace/model/randomness";
import type { RunSpec } from "@millrace/model/runs/run-spec";
import { systemClock } from "@millrace/model/time/clock";
import { testRunTarget } from "@millrace/model/runs/test-run-target";
import { createTestProject } from "../../testing/test-millrace.ts";
import { DefinitionsFailed, LaunchFailed } from "../launcher.ts";
import { identifyProcess, isRunning } from "../../home/process-identity.ts";
import { createProcessLauncher } from "./process-launcher.ts";

const project = createTestProject();
const home = join(project.folder, "home");
const launcher = createProcessLauncher(project.command, home, { clock: systemClock, ids: systemIds });
const never = new AbortController().signal;
afterAll(() => {
  launcher.close();
  rmSync(project.folder, { recursive: true, force: true });
});

let folders = 0;
function createFolder(): string {
  const folder = join(project.folder, `folder-${folders++}`);
  mkdirSync(folder);
  return folder;
}

function startCodeServer(signal = never) {
  return launcher.startCodeServer(
    { locationName: "shop", document: project.document, directory: createFolder() },
    signal,
  );
}

function startWorker(bundle: string) {
  return launcher.startWorker({
    document: project.document,
    bundle,
    directory: createFolder(),
    agentApiUrl: "http://127.0.0.1:1/agent/graphql",
  });
}

function specFor(jobName: string, workerDirectory: string): RunSpec {
  return {
    ...testRunTarget({ jobName }),
    runId: "r1",
    attempt: 1,
    runToken: "mrr_x",
    agentApiUrl: "http://127.0.0.1:1/agent/graphql",
    locationName: "shop",
    history: null,
    workerDirectory,
    agentId: "agent-1",
    storageDirectory: workerDirectory,
  };
}

test("a code server is there once it says ready, and gone after stop", async () => {
  const codeServer = await startCodeServer();
  expect(codeServer.codeDigest).toBe("one");
  const identity = identifyProcess(codeServer.pid ?? 0);
  expect(isRunning(identity)).toBe(true);

  await codeServer.stop();
  expect(isRunning(identity)).toBe(false);
  expect(await codeServer.ended).toEqual({ exitCode: 0, signal: null });
});

test("definitions that do not load are told in the code server's own words", async () => {
  project.write({ digest: "one", fail: "asset orders is defined twice" });
  await expect(startCodeServer()).rejects.toThrow(DefinitionsFailed);
  await expect(startCodeServer()).rejects.toThrow("asset orders is defined twice");
});

test("a code server that ends without a word fails with its exit code and its last words", async () => {
  project.write({ digest: "one", exit: 9 });
  const start = startCodeServer();
  await expect(start).rejects.toThrow(LaunchFailed);
  await expect(start).rejects.toThrow(/exit code 9\nabout to end with 9/);
  project.write({ digest: "one" });
});

test("a working directory that is not there is named", () => {
  const document = { ...project.document, workingDirectory: "/no/such/folder" };
  expect(() =>
    launcher.startWorker({ document, bundle: "x", directory: createFolder(), agentApiUrl: "" }),
  ).toThrow("The working directory /no/such/folder is not a folder on the agent's machine");
});

test("a code server that is not wanted any more while it starts leaves nothing running", async () => {
  const controller = new AbortController();
  const start = startCodeServer(controller.signal);
  controller.abort(new Error("not wanted"));
  await expect(start).rejects.toThrow("not wanted");
});

test("another launcher finds a running code server by its record, and not one that has ended", async () => {
  const codeServer = await startCodeServer();
  const record: unknown = JSON.parse(JSON.stringify(codeServer.record));
  const other = createProcessLauncher(project.command, home, { clock: systemClock, ids: systemIds });
  const found = other.findCodeServer(record);
  expect(found?.address).toBe(codeServer.address);

  await found?.stop();
  expect(other.findCodeServer(record)).toBeNull();
  expect(() => other.findCodeServer({ process: "nonsense" })).toThrow(TypeError);
  other.close();
});

test("a worker stands by, takes one run and goes on without its starter", async () => {
  const codeServer = await startCodeServer();
  const standby = startWorker(codeServer.bundle);
  await standby.ready;
  const worker = await standby.assign(specFor("quick", standby.directory));
  expect(await worker.ended).toEqual({ exitCode: 0, signal: null });
  const events = readFileSync(join(standby.directory, "events.jsonl"), "utf8");
  expect(events).toContain("RUN_SUCCESS");
  await codeServer.stop();
});

test("user code gets the location's environment and never the agent's token", async () => {
  process.env["MILLRACE_AGENT_TOKEN"] = "mra_secret";
  const codeServer = await startCodeServer();
  const standby = startWorker(codeServer.bundle);
  delete process.env["MILLRACE_AGENT_TOKEN"];
  const worker = await standby.assign(specFor("quick", standby.directory));
  await worker.ended;
  expect(readFileSync(join(standby.directory, "events.jsonl"), "utf8")).toContain("one hello no token");
  await codeServer.stop();
});

test("a standby that is discarded is gone", async () => {
  const codeServer = await startCodeServer();
  const standby = startWorker(codeServer.bundle);
  await standby.ready;
  await standby.discard();
  expect(isRunning(identifyProcess(standby.pid ?? 0))).toBe(false);
  await codeServer.stop();
});

test("a worker that can't load its bundle says why", async () => {
  const standby = startWorker("/no/such/bundle.mjs");
  await expect(standby.ready).rejects.toThrow(/exit code 1[^]*no such file or directory/);
});

test("kill ends a worker with the processes it started; a later launcher sees that it ended", async () => {
  const codeServer = await startCodeServer();
  const standby = startWorker(codeServer.bundle);
  const worker = await standby.assign(specFor("stubborn", standby.directory));
  const other = createProcessLauncher(project.command, home, { clock: systemClock, ids: systemIds });
  const found = other.findWorker(JSON.parse(JSON.stringify(standby.record)));
  expect(found.isRunning()).toBe(true);
  await expect.poll(() => readFileSync(join(standby.directory, "events.jsonl"), "utf8")).toContain("LOG");
  const child = identifyProcess(Number(readFileSync(join(standby.directory, "child"), "utf8")));

  found.kill();
  expect(await worker.ended).toEqual({ exitCode: null, signal: "SIGKILL" });
  expect(await found.ended).toEqual({ exitCode: null, signal: null });
  await expect.poll(() => isRunning(child)).toBe(false);
  other.close();
  await codeServer.stop();
});
