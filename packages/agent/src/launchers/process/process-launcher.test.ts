import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { systemIds } from "@millrace/model/randomness";
import { systemClock } from "@millrace/model/time/clock";
import { createTestProject } from "../../testing/test-millrace.ts";
import { giveEnvironment } from "../../policy/given-environment.ts";
import { identifyProcess, isRunning } from "../../home/process-identity.ts";
import { readWorkerId } from "@millrace/protocol/journal/worker-files";
import type { WorkerLaunch, WorkerSpec } from "../launcher.ts";
import { testLauncher } from "../launcher-suite.ts";
import { createProcessLauncher } from "./process-launcher.ts";

const project = createTestProject();
const home = join(project.folder, "home");
const create = (environment: Readonly<Record<string, string>> = {}) =>
  createProcessLauncher({
    environmentFiles: [],
    command: project.command,
    home,
    storageDirectory: join(home, "storage"),
    environment: { ...giveEnvironment(process.env, []), ...environment },
    clock: systemClock,
    ids: systemIds,
    logger: pino({ level: "silent" }),
  });
const never = new AbortController().signal;

testLauncher(project, create, true);

const bundle = join(project.folder, "bundle.mjs");
writeFileSync(bundle, "one");
const launch: WorkerLaunch = {
  locationName: "shop",
  document: project.document,
  code: { bundle },
  agentApiUrl: "http://127.0.0.1:1/",
};
const spec = (runId: string, jobName: string) =>
  ({
    runId,
    attempt: 1,
    runToken: "mrr_x",
    agentApiUrl: launch.agentApiUrl,
    agentId: "agent-1",
    locationName: "shop",
    jobName,
  }) as WorkerSpec;

test("a working directory that is not there is named", async () => {
  const launcher = create();
  const code = { kind: "folder", workingDirectory: "/no/such/folder", entry: "definitions.json" } as const;
  const document = { ...project.document, code };
  await expect(launcher.startStandby?.({ ...launch, document }).ready).rejects.toThrow(
    "The working directory /no/such/folder is not a folder on the agent's machine",
  );
  launcher.close();
});

test("kill ends a worker with the processes it started", async () => {
  const launcher = create();
  const worker = await launcher.launchWorker(spec("r-stubborn", "stubborn"), launch, never);
  const directory = (await worker.openJournal())?.directory ?? "";
  await expect.poll(() => readFileSync(join(directory, "events.jsonl"), "utf8")).toContain("LOG");
  const child = identifyProcess(Number(readFileSync(join(directory, "child"), "utf8")));

  await worker.kill();
  await worker.ended;
  await expect.poll(() => isRunning(child)).toBe(false);
  await worker.remove();
  launcher.close();
});

test("what a worker's code has started ends with the worker", async () => {
  const launcher = create();
  const worker = await launcher.launchWorker(spec("r-child", "leaves_child"), launch, never);
  await worker.ended;
  const directory = (await worker.openJournal())?.directory ?? "";
  const child = identifyProcess(Number(readFileSync(join(directory, "child"), "utf8")));

  await expect.poll(() => isRunning(child)).toBe(false);
  await worker.remove();
  launcher.close();
});

test("a worker that dies while it is handed its run has an end like any other: its attempt may have begun", async () => {
  const launcher = create({ WORKER_ID: "w-1" });
  const worker = await launcher.launchWorker(spec("r-dies", "dies_handed_over"), launch, never);

  expect(await worker.ended).toMatchObject({ how: "exited", exitCode: 7 });
  expect(readWorkerId((await worker.openJournal())?.directory ?? "")).toBe("w-1");
  await worker.remove();
  launcher.close();
});

test("a worker that has not introduced itself and dies while it is handed its run was never launched", async () => {
  const launcher = create();
  await expect(launcher.launchWorker(spec("r-unknown", "dies_handed_over"), launch, never)).rejects.toThrow(
    'before it said "accepted"',
  );
  launcher.close();
});

test("a worker whose agent died before it had its word never started, as far as the next agent knows", async () => {
  const launcher = create();
  const worker = await launcher.launchWorker(spec("r-unheard", "quick"), launch, never);
  await worker.ended;
  const file = join((await worker.openJournal())?.directory ?? "", "worker.json");
  const state = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...state, accepted: false }));

  const next = create();
  const [found] = await next.findWorkers();
  expect(await found?.ended).toMatchObject({ how: "never_started" });
  await found?.remove();
  launcher.close();
  next.close();
});

test("a folder that can't be read is set aside, and the others are found all the same", async () => {
  const launcher = create();
  const worker = await launcher.launchWorker(spec("r-whole", "quick"), launch, never);
  const damaged = await launcher.launchWorker(spec("r-damaged", "quick"), launch, never);
  await Promise.all([worker.ended, damaged.ended]);
  const folder = (await damaged.openJournal())?.directory ?? "";
  writeFileSync(join(folder, "worker.json"), JSON.stringify({ runId: "r-damaged", attempt: 1, record: 7 }));

  const next = create();
  expect((await next.findWorkers()).map(({ runId }) => runId)).toEqual(["r-whole"]);
  expect(readdirSync(`${join(home, "workers")}.corrupt`)).toHaveLength(1);
  await worker.remove();
  launcher.close();
  next.close();
});

test("a worker that can't be handed its run because the disk takes no more is ended, and nothing is left of it", async () => {
  const launcher = create();
  const standby = launcher.startStandby?.(launch);
  await standby?.ready;
  const [folder = ""] = readdirSync(join(home, "workers"));
  mkdirSync(join(home, "workers", folder, "spec.json.new"));

  await expect(standby?.assign(spec("r-full", "quick"))).rejects.toThrow(/could not be handed .*EISDIR/);
  expect(await standby?.ended).toMatchObject({ how: "signaled", detail: "SIGKILL" });
  expect(readdirSync(join(home, "workers"))).toEqual([]);
  launcher.close();
});
