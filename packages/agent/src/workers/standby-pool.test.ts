import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { pino } from "pino";
import { systemIds, systemRandom } from "@millrace/model/randomness";
import { type Clock, systemClock } from "@millrace/model/time/clock";
import { stateOf } from "@millrace/protocol/homes/file-state";
import { createTestProject, processOf } from "../testing/test-millrace.ts";
import { LaunchFailed, type StandbyWorker } from "../launchers/launcher.ts";
import { createProcessLauncher } from "../launchers/process/process-launcher.ts";
import { createStartGate } from "../launchers/start-gate.ts";
import { createStandbyPool, type StandbyPool } from "./standby-pool.ts";

const project = createTestProject();
/** The time, where a test says it. */
let now: number | null = null;
const launcher = createProcessLauncher({
  command: project.command,
  home: join(project.folder, "home"),
  storageDirectory: project.folder,
  environment: {},
  environmentFiles: [join(project.folder, "first.env"), join(project.folder, "second.env")],
  clock: { ...systemClock, now: () => now ?? systemClock.now() },
  ids: systemIds,
  logger: pino({ level: "silent" }),
});
let started: StandbyWorker[] = [];
const ended = new Set<StandbyWorker>();
let pool: StandbyPool | null = null;

afterEach(async () => {
  await pool?.close();
  now = null;
  started = [];
  ended.clear();
});
afterAll(() => {
  launcher.close();
  rmSync(project.folder, { recursive: true, force: true });
});

function createPool(size: number, bundleText = "one", clock: Clock = systemClock): StandbyPool {
  const bundle = join(project.folder, "bundle.mjs");
  writeFileSync(bundle, bundleText);
  const start = () => {
    const worker = launcher.startStandby?.({
      locationName: "shop",
      document: { ...project.document, environment: { WORKER_ID: "w-PID" } },
      code: { bundle },
      agentApiUrl: "http://127.0.0.1:1/",
    });
    if (worker === undefined) throw new Error("processes can stand by");
    started.push(worker);
    void worker.ended.then(() => ended.add(worker));
    return worker;
  };
  pool = createStandbyPool(start, createStartGate(4), size, {
    clock,
    random: systemRandom,
    logger: pino({ level: "silent" }),
  });
  return pool;
}

const runs = (worker: StandbyWorker) => !ended.has(worker);

test("it keeps as many as it should, and replaces the one that is taken", async () => {
  const pool = createPool(2);
  await expect.poll(() => started.length).toBe(2);
  const taken = await pool.take();
  expect(started).toContain(taken);
  await expect.poll(() => started.length).toBe(3);

  await pool.close();
  expect(started.filter((worker) => runs(worker))).toEqual([taken]);
  expect(ended.size).toBe(2);
  await taken.discard();
});

test("a ready worker is taken before one that still loads", async () => {
  const pool = createPool(1);
  await expect.poll(() => started.length).toBe(1);
  await started[0]?.ready;
  pool.resize(2);
  expect(await pool.take()).toBe(started[0]);
  await started[0]?.discard();
});

test("the worker that is asked for is taken before others, and another one where it is gone", async () => {
  const pool = createPool(2);
  await expect.poll(() => pool.listReady().length).toBe(2);
  const [first, second] = pool.listReady();

  const taken = await pool.take(second?.workerId);
  expect(taken.findIdentity()).toEqual(second);
  expect(pool.listReady()).toEqual([first]);
  const other = await pool.take(second?.workerId);
  expect(other.findIdentity()).toEqual(first);
  await Promise.all([taken, other].map((worker) => worker.discard()));
});

test("each worker is handed out once, also one that was taken while it was loading", async () => {
  const pool = createPool(1);
  await expect.poll(() => started.length).toBe(1);
  const first = await pool.take();
  expect(first).toBe(started[0]);
  const others = await Promise.all([pool.take(), pool.take()]);
  expect(new Set([first, ...others]).size).toBe(3);
  await Promise.all([first, ...others].map((worker) => worker.discard()));
});

test("with nobody standing by, a worker is started for the one who asks", async () => {
  const pool = createPool(0);
  const taken = await pool.take();
  expect(runs(taken)).toBe(true);
  await taken.discard();
  expect(started).toEqual([taken]);
});

test("a worker that dies while it waits is replaced", async () => {
  createPool(1);
  await expect.poll(() => started.length).toBe(1);
  await started[0]?.ready;
  process.kill(processOf(started[0]?.place), "SIGKILL");
  await expect.poll(() => started.length, { timeout: 5_000 }).toBe(2);
  expect([...ended]).toEqual([started[0]]);
});

test("fewer are kept when fewer are wanted", async () => {
  const pool = createPool(2);
  await expect.poll(() => started.length).toBe(2);
  pool.resize(1);
  await expect.poll(() => started.filter((worker) => runs(worker)).length, { timeout: 5_000 }).toBe(1);
});

test("a bundle that can't be loaded is told to who asks, and does not make the pool spin", async () => {
  const pool = createPool(1, "broken");
  await expect(pool.take()).rejects.toThrow(LaunchFailed);
  await expect(pool.take()).rejects.toThrow(/this bundle is broken/);
  await expect.poll(() => ended.size).toBeGreaterThanOrEqual(2);
  expect(started.length).toBeLessThan(6);
});

test("after a start that fails, the next one waits for its pause", async () => {
  const pauses: number[] = [];
  const sleep = (milliseconds: number): Promise<void> => {
    if (milliseconds === 0) return Promise.resolve();
    pauses.push(milliseconds);
    return new Promise(() => {}); // It never ends, so whatever starts now did not wait for it.
  };
  createPool(1, "broken", { ...systemClock, sleep });

  await expect.poll(() => pauses.length).toBe(1);

  expect(pauses[0]).toBeGreaterThan(0);
  expect(started).toHaveLength(1);
  pool = null;
});

/** A pool with one worker that is ready. */
async function createReadyPool(): Promise<{ pool: StandbyPool; first: StandbyWorker }> {
  const pool = createPool(1);
  await expect.poll(() => started.length).toBe(1);
  const [first] = started;
  if (first === undefined) throw new Error("unreachable");
  await first.ready;
  return { pool, first };
}

test("a worker that loaded its code in an earlier quarter of an hour gets no run", async () => {
  now = Date.parse("2026-03-01T23:45:00Z");
  const { pool, first } = await createReadyPool();
  now = Date.parse("2026-03-01T23:59:59Z");
  expect(first.isCurrent()).toBe(true);
  now = Date.parse("2026-03-02T00:00:00Z");

  expect(await pool.take()).not.toBe(first);
  await expect.poll(() => ended.has(first)).toBe(true);
});

test("a worker gets no run once a file that its code read, or one with its environment, has changed", async () => {
  const read = join(project.folder, "tables.yaml");
  const environment = join(project.folder, "second.env");
  writeFileSync(read, "one");
  writeFileSync(environment, `READS=${JSON.stringify([stateOf(read)])}`);
  const { pool, first } = await createReadyPool();
  expect(first.isCurrent()).toBe(true);

  writeFileSync(read, "two, and longer");
  expect(await pool.take()).not.toBe(first);
  await expect.poll(() => ended.has(first)).toBe(true);

  writeFileSync(environment, "READS=[]");
  const second = await pool.take();
  expect(second.isCurrent()).toBe(true);
  writeFileSync(join(project.folder, "first.env"), "OTHER=1");
  expect(second.isCurrent()).toBe(false);
  for (const file of [environment, join(project.folder, "first.env")]) rmSync(file);
});

test("workers that wait are replaced before they are needed once they are out of date", async () => {
  const clock: Clock = { ...systemClock, sleep: (_ms, signal) => systemClock.sleep(20, signal) };
  now = Date.parse("2026-03-01T10:00:00Z");
  createPool(1, "one", clock);
  await expect.poll(() => started.length).toBe(1);
  now += 15 * 60_000;
  await expect.poll(() => started.length).toBe(2);
  await expect.poll(() => started.map((worker) => ended.has(worker))).toEqual([true, false]);
});
