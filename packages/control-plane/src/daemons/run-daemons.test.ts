import { createWorkEffects } from "../all-work-effects.ts";
import { sql } from "kysely";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { systemClock } from "@millrace/model/time/clock";
import { topics } from "@millrace/model/topic";
import { listDaemons } from "../all-daemons.ts";
import { connect } from "../database/connect.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import {
  getTestRun,
  launchInput,
  launchTestRun,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../testing/test-runs.ts";
import { createWakeBus } from "../wake/wake-bus.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { createWakeListener } from "../wake/wake-listener.ts";
import type { DeploymentDaemon } from "./daemon.ts";
import { runDaemons } from "./run-daemons.ts";

const { db, url } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);
await sql`insert into deployment (id, name, settings) values ('aaa', 'aaa', '{"pool_limits": {}, "max_concurrent_runs": "many"}')`.execute(
  db,
);

/** A daemon whose ticks can be awaited; `fail` says for which it fails. */
function createCounter(
  fail: (deploymentId: string, tick: number) => boolean = () => false,
): DeploymentDaemon & {
  ticksOf(deploymentId: string): number;
  reached(deploymentId: string, tick: number): Promise<void>;
} {
  const ticks = new Map<string, number>();
  return {
    name: "coordinator",
    of: "deployment",
    wokenBy: (deploymentId) => [topics.runs(deploymentId)],
    intervalMs: 3_600_000,
    runsOn: "any",
    async tick(_context, deploymentId) {
      const tick = (ticks.get(deploymentId) ?? 0) + 1;
      ticks.set(deploymentId, tick);
      if (fail(deploymentId, tick)) throw new Error(`tick ${tick} of ${deploymentId} failed`);
    },
    ticksOf: (deploymentId) => ticks.get(deploymentId) ?? 0,
    reached: (deploymentId, tick) =>
      vi.waitFor(() => expect(ticks.get(deploymentId)).toBe(tick), { timeout: 20_000 }),
  };
}

test("a daemon ticks for each deployment at the start, and again when something changes there", async () => {
  const bus = createWakeBus(systemClock);
  const stop = new AbortController();
  const counter = createCounter();
  const running = runDaemons([counter], createTestContext(db, { bus }), stop.signal);
  await Promise.all([counter.reached("default", 1), counter.reached("aaa", 1)]);

  bus.wake(topics.assets("aaa"));
  bus.wake(topics.runs("default"));
  await counter.reached("default", 2);
  stop.abort();
  await running;

  expect(counter.ticksOf("aaa")).toBe(1);
});

test("what fails for one deployment is tried again, stops no other, and is logged once", async () => {
  const bus = createWakeBus(systemClock);
  const stop = new AbortController();
  const logged: { msg: string; daemon?: string; deployment?: string }[] = [];
  const logger = pino({}, { write: (line: string) => logged.push(JSON.parse(line)) });
  const counter = createCounter((deploymentId, tick) => deploymentId === "aaa" && tick < 3);
  const running = runDaemons([counter], createTestContext(db, { bus, logger }), stop.signal);

  await counter.reached("default", 1);
  bus.wake(topics.runs("default"));
  await counter.reached("default", 2);
  await counter.reached("aaa", 3);
  stop.abort();
  await running;

  const ofDaemon = logged.filter(({ daemon }) => daemon !== undefined);
  expect(ofDaemon).toMatchObject([
    { daemon: "coordinator", deployment: "aaa", msg: "a daemon's tick failed" },
    { daemon: "coordinator", deployment: "aaa", msg: "the daemon works again" },
  ]);
});

test("that a daemon begins to fail, or works again, is told at once and not only in the next round", async () => {
  const stop = new AbortController();
  const between = Promise.withResolvers<void>();
  const sleep: typeof systemClock.sleep = (ms, signal) => {
    if (ms === 30_000) between.resolve();
    return systemClock.sleep(ms, signal);
  };
  const context = createTestContext(db, { clock: { ...systemClock, sleep } });
  const bus = createWakeListener(url, context);
  await vi.waitUntil(() => bus.isListening(), { timeout: 20_000 });
  const failing = createCounter((deploymentId, tick) => deploymentId === "aaa" && tick === 2);
  const running = runDaemons([{ ...failing, name: "backfills" }], { ...context, bus }, stop.signal);
  await between.promise;
  using waiting = bus.wait([topics.daemons("aaa")]);

  await notifyChange(db, topics.runs("aaa"));
  const told = await waiting.next(20_000);
  const stored = (): Promise<object[]> =>
    db
      .selectFrom("daemon_heartbeat")
      .select(["failures", "is_failing"])
      .where("deployment_id", "=", "aaa")
      .where("daemon", "=", "backfills")
      .execute();
  await vi.waitFor(async () => expect(await stored()).toEqual([{ failures: 1, is_failing: false }]), {
    timeout: 20_000,
  });
  stop.abort();
  await running;
  await bus.close();

  expect(told).toEqual([topics.daemons("aaa")]);
});

test("settings of one deployment that can't be read are logged once, and the queue of every deployment moves", async () => {
  const stop = new AbortController();
  const logged: { msg: string; deployment?: string; problem?: string }[] = [];
  const logger = pino({}, { write: (line: string) => logged.push(JSON.parse(line)) });
  const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput());

  const running = runDaemons(listDaemons(createWorkEffects), createTestContext(db, { logger }), stop.signal);
  await vi.waitFor(async () => expect((await getTestRun(db, id)).status).toBe("STARTING"), {
    timeout: 20_000,
  });
  stop.abort();
  await running;

  expect(logged.filter(({ deployment }) => deployment !== undefined)).toMatchObject([
    { deployment: "aaa", problem: "`max_concurrent_runs` must be a whole number, 0 or more" },
  ]);
});

test("that the database is away is logged once for all daemons, and none of them ends by it", async () => {
  const away = connect("postgresql://nobody@127.0.0.1:1/none");
  const stop = new AbortController();
  const logged: string[] = [];
  const logger = pino({}, { write: (line: string) => logged.push(line) });
  let ticks = 0;
  const daemons = (["storage", "retention"] as const).map((name) => ({
    name,
    of: "installation" as const,
    intervalMs: 10,
    runsOn: "any" as const,
    async tick() {
      if (++ticks === 4) stop.abort();
      await sql`select 1`.execute(away);
    },
  }));

  await runDaemons(daemons, createTestContext(away, { logger }), stop.signal);
  await away.destroy();

  expect(logged).toHaveLength(1);
});
