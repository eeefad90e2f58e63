import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { TestProject } from "../testing/test-millrace.ts";
import {
  DefinitionsFailed,
  LaunchFailed,
  type CodeServer,
  type Launcher,
  type WorkerHandle,
  type StandbyWorker,
  type WorkerLaunch,
  type WorkerSpec,
} from "./launcher.ts";

const AGENT_API_URL = "http://127.0.0.1:1/agent/graphql";
const never = new AbortController().signal;

/**
 * Declares the tests that every launcher passes. They run the stand-in of `testing/test-millrace.ts`, which speaks the contract
 * of code servers and workers.
 *
 * @param create makes a launcher that owns what the ones before it left, as an agent does after its restart.
 * @param keepsJournals whether the journal of a worker is within the agent's reach.
 */
export function testLauncher(project: TestProject, create: () => Launcher, keepsJournals: boolean): void {
  const said = (text: string): string => (keepsJournals ? text : "");
  const launcher = create();
  let folders = 0;
  let runs = 0;
  afterAll(() => {
    launcher.close();
    rmSync(project.folder, { recursive: true, force: true });
  });

  function startCodeServer(signal = never): Promise<CodeServer> {
    const directory = join(project.folder, `server-${folders++}`);
    mkdirSync(directory);
    return launcher.startCodeServer({ locationName: "shop", document: project.document, directory }, signal);
  }

  /** Has a code server make the code that its workers load. */
  async function prepare(): Promise<WorkerLaunch> {
    const codeServer = await startCodeServer();
    await codeServer.stop();
    return {
      locationName: "shop",
      document: project.document,
      // What an agent keeps of it is JSON.
      code: JSON.parse(JSON.stringify(codeServer.code)),
      agentApiUrl: AGENT_API_URL,
    };
  }

  function specFor(jobName: string): WorkerSpec {
    const spec = {
      runId: `run-${runs++}`,
      attempt: 1,
      runToken: "mrr_x",
      agentApiUrl: AGENT_API_URL,
      agentId: "agent-1",
      locationName: "shop",
    };
    return { ...spec, jobName } as WorkerSpec;
  }

  async function untilSaid(worker: WorkerHandle, text: string): Promise<void> {
    await expect.poll(async () => readEvents(worker), { timeout: 10_000 }).toContain(said(text));
  }

  test("a code server answers once it is there, and is gone after stop", async () => {
    const codeServer = await startCodeServer();
    expect(codeServer.codeDigest).toBe("one");
    const client = await codeServer.connect();
    expect(await client.isHealthy()).toBe(true);

    await codeServer.stop();
    expect(await client.isHealthy()).toBe(false);
    client.close();
    expect(await codeServer.ended).toMatchObject({ how: "exited", exitCode: 0 });
  });

  test("definitions that do not load are told in the code server's own words", async () => {
    project.write({ digest: "one", fail: "asset orders is defined twice" });
    const start = startCodeServer();
    await expect(start).rejects.toThrow(DefinitionsFailed);
    await expect(start).rejects.toThrow("asset orders is defined twice");
    project.write({ digest: "one" });
  });

  test("a code server that ends without a word fails with its exit code and its last words", async () => {
    project.write({ digest: "one", exit: 9 });
    const start = startCodeServer();
    await expect(start).rejects.toThrow(LaunchFailed);
    await expect(start).rejects.toThrow(/exit code 9[^]*about to end with 9/);
    project.write({ digest: "one" });
  });

  test("a code server that is not wanted any more while it starts leaves nothing running", async () => {
    const controller = new AbortController();
    const start = startCodeServer(controller.signal);
    controller.abort(new Error("not wanted"));
    await expect(start).rejects.toThrow("not wanted");
  });

  test("the launcher after it finds a running code server by its record, and not one that has ended", async () => {
    const codeServer = await startCodeServer();
    const record: unknown = JSON.parse(JSON.stringify(codeServer.record));
    const next = create();
    const found = await next.findCodeServer(record);
    expect(found).toMatchObject({ codeDigest: "one", code: codeServer.code, place: codeServer.place });

    await found?.stop();
    expect(await next.findCodeServer(record)).toBeNull();
    await expect(next.findCodeServer({ process: "nonsense" })).rejects.toThrow(TypeError);
    next.close();
  });

  test("a worker takes its run and goes on by itself to its end", async () => {
    const spec = specFor("quick");
    const worker = await launcher.launchWorker(spec, await prepare(), never);
    expect(worker).toMatchObject({ runId: spec.runId, attempt: 1 });
    expect(await worker.ended).toMatchObject({ how: "exited", exitCode: 0 });
    const journal = await worker.openJournal();
    expect(journal?.credentials).toEqual(
      keepsJournals ? { runToken: "mrr_x", agentApiUrl: AGENT_API_URL } : undefined,
    );
    expect(await readEvents(worker)).toContain(said("RUN_SUCCESS"));
    await worker.remove();
  });

  test("one attempt of a run gets one worker, however often and by whom it is launched", async () => {
    const [launch, spec] = [await prepare(), specFor("patient")];
    const [first, second] = await Promise.all([
      launcher.launchWorker(spec, launch, never),
      launcher.launchWorker(spec, launch, never),
    ]);
    const next = create();
    const third = await next.launchWorker(spec, launch, never);
    expect([second.place, third.place]).toEqual([first.place, first.place]);

    await first.kill();
    await Promise.all([first.ended, third.ended]);
    expect((await next.launchWorker(spec, launch, never)).place).toBe(first.place);
    await third.remove();
    next.close();
  });

  test("the launcher after it finds the workers that live and those that have ended, until they are removed", async () => {
    const launch = await prepare();
    const specs = [specFor("quick"), specFor("patient")];
    const [quick, patient] = await Promise.all(
      specs.map((spec) => launcher.launchWorker(spec, launch, never)),
    );
    await quick?.ended;
    const next = create();
    const found = await next.findWorkers();
    expect(found.map(({ runId }) => runId).sort()).toEqual(specs.map(({ runId }) => runId));
    const [ended, living] = found.sort((a, b) => a.runId.localeCompare(b.runId));
    expect((await ended?.ended)?.how).toMatch(/exited|lost/);

    await living?.interrupt();
    await patient?.ended;
    await Promise.all(found.map(async (worker) => worker.ended.then(() => worker.remove())));
    expect(await next.findWorkers()).toEqual([]);
    next.close();
  });

  test("an interrupt lets a worker end in order, a kill does not ask, and both are told as they were", async () => {
    const launch = await prepare();
    const [patient, stubborn] = await Promise.all(
      ["patient", "stubborn"].map((job) => launcher.launchWorker(specFor(job), launch, never)),
    );
    if (patient === undefined || stubborn === undefined) throw new Error("two were launched");
    await Promise.all([untilSaid(patient, "RUN_START"), untilSaid(stubborn, "LOG")]);

    await patient.interrupt();
    await stubborn.kill();
    expect(await patient.ended).toMatchObject({ how: "exited", exitCode: 0 });
    expect(await stubborn.ended).toMatchObject({ how: "signaled", detail: "SIGKILL" });
    await stubborn.kill();
    await Promise.all([patient.remove(), stubborn.remove()]);
  });

  test("the end of a worker holds its last words", async () => {
    const worker = await launcher.launchWorker(specFor("crash"), await prepare(), never);
    expect(await worker.ended).toEqual({
      how: "exited",
      exitCode: 3,
      detail: null,
      lastOutput: "the disk is on fire",
    });
    await worker.remove();
  });

  test("a worker whose code can't be loaded fails its launch with the reason, and leaves nothing", async () => {
    project.write({ digest: "broken" });
    const launch = await prepare();
    project.write({ digest: "one" });
    const start = launcher.launchWorker(specFor("quick"), launch, never);
    await expect(start).rejects.toThrow(LaunchFailed);
    await expect(start).rejects.toThrow(/this bundle is broken/);
    expect(await launcher.findWorkers()).toEqual([]);
  });

  test("a worker has the location's environment, and nothing of the agent's own", async () => {
    process.env["MILLRACE_AGENT_TOKEN"] = "mra_secret";
    const launching = launcher.launchWorker(specFor("quick"), await prepare(), never);
    const worker = await launching.finally(() => delete process.env["MILLRACE_AGENT_TOKEN"]);
    await worker.ended;
    expect(await readEvents(worker)).toContain(said("one hello no token"));
    await worker.remove();
  });

  const { startStandby } = launcher;
  if (startStandby === undefined) return;

  async function standBy(): Promise<StandbyWorker> {
    const standby = startStandby?.(await prepare());
    if (standby === undefined) throw new Error("this launcher has no standby workers");
    return standby;
  }

  test("a worker that stands by takes one run and goes on without its starter", async () => {
    const standby = await standBy();
    await standby.ready;
    const worker = await standby.assign(specFor("quick"));
    expect(await worker.ended).toMatchObject({ how: "exited", exitCode: 0 });
    await worker.remove();
  });

  test("a worker that stands by and is discarded is gone, and was nobody's", async () => {
    const standby = await standBy();
    await standby.ready;
    await Promise.all([standby.discard(), standby.discard()]);
    await standby.ended;
    expect(await launcher.findWorkers()).toEqual([]);
    await expect(standby.assign(specFor("quick"))).rejects.toThrow(LaunchFailed);
  });
}

/** What a worker has written to its journal; nothing where that stays with it. */
async function readEvents(worker: WorkerHandle): Promise<string> {
  const journal = await worker.openJournal();
  try {
    return journal === null ? "" : readFileSync(join(journal.directory, "events.jsonl"), "utf8");
  } catch {
    return "";
  }
}
