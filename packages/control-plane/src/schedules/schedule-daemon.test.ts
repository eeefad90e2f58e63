import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import type { ReportedEvent } from "@millrace/model/reported-event";
import type { TickAnswer } from "@millrace/model/runs/work-item";
import { tickOnce, type TickReport } from "../daemons/tick-once.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import {
  claimDefaultWork,
  LAUNCH_CONTEXT,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  TEST_WORK_EFFECTS,
} from "../testing/test-runs.ts";
import { findFirstDue } from "../ticks/instigator-store.ts";
import { switchInstigator } from "../ticks/switch-instigator.ts";
import { syncInstigators } from "../ticks/sync-instigators.ts";
import { completeWork } from "../work/settle-work.ts";
import { reapWork } from "../work/reap-work.ts";
import { scheduleDaemon } from "./schedule-daemon.ts";

const database = await createSimulatedDatabase();
const { db, advance, setTime } = database;
const start = Date.UTC(2025, 0, 1);
const hourly = {
  name: "hourly",
  cron: ["0 * * * *"],
  timezone: "UTC",
  jobName: "hello",
  runningByDefault: true,
};
const plain = { ...hourly, plain: true, tags: { team: "shop" } };
const ofHourly = {
  deploymentId: TEST_DEPLOYMENT,
  locationName: "shop",
  kind: "schedule",
  name: "hourly",
} as const;

beforeEach(async () => {
  await setTime(start);
  await sql`truncate instigator, run, run_event cascade`.execute(db);
  await sql`delete from work_item`.execute(db);
  await sql`update code_location set instigators_of = null`.execute(db);
});

async function serve(...schedules: readonly object[]): Promise<void> {
  await serveLocation(db, "shop", { ...SHOP, schedules: [...schedules] });
  await syncInstigators(db, TEST_DEPLOYMENT);
}

function tick(): Promise<TickReport> {
  const duty = { daemon: scheduleDaemon, deploymentId: TEST_DEPLOYMENT };
  return tickOnce(duty, createTestContext(db, LAUNCH_CONTEXT), "replica");
}

/** Settles the one tick that an agent is asked for; what it was told. */
async function answer(result: Partial<TickAnswer>): Promise<unknown> {
  const [item, ...others] = await claimDefaultWork(db);
  expect(others).toEqual([]);
  const held = { deploymentId: TEST_DEPLOYMENT, agentId: "agent-1", id: item?.id ?? "" };
  expect(await completeWork(db, TEST_WORK_EFFECTS, held, result)).toBe(true);
  return item?.payload;
}

async function listTicks(): Promise<object[]> {
  const { rows } = await sql<object>`
    select to_char(scheduled_at at time zone 'UTC', 'HH24:MI') as at, status, coalesce(skip_reason, error ->> 'message') as why,
      cardinality(run_ids) as runs from tick order by scheduled_at`.execute(db);
  return rows;
}

async function listRuns(): Promise<object[]> {
  const { rows } = await sql<object>`
    select job_name as job, tags, origin_kind as kind, origin_name as name, status from run order by created_at`.execute(
    db,
  );
  return rows;
}

const run = {
  runKey: null,
  jobName: "hello",
  assetSelection: null,
  partitionKey: null,
  runConfig: {},
  tags: {},
};

test("a schedule without code launches a run at each tick, and sleeps until the next one", async () => {
  await serve(plain);
  await advance(3_599);
  expect(await tick()).toMatchObject({ outcome: "done", nextInMs: 1_000 });
  expect(await listTicks()).toEqual([]);

  await advance(1);
  expect(await tick()).toMatchObject({ outcome: "done", nextInMs: 30_000 });
  await Promise.all([tick(), tick()]);
  expect(await listTicks()).toEqual([{ at: "01:00", status: "SUCCESS", why: null, runs: 1 }]);
  expect(await listRuns()).toEqual([
    {
      job: "hello",
      kind: "schedule",
      name: "hourly",
      status: "QUEUED",
      tags: {
        team: "shop",
        "millrace/schedule_name": "hourly",
        "millrace/scheduled_at": "2025-01-01T01:00:00.000Z",
      },
    },
  ]);
});

test("one that becomes due while others are decided is not slept over, nor is one waited for that can't tick now", async () => {
  await serve(hourly);
  await advance(3_605);
  const dueInMs = () => findFirstDue(db, TEST_DEPLOYMENT, "schedule");
  expect(await dueInMs()).toBe(-5_000);

  await tick();
  expect(await dueInMs()).toBe(3_595_000);
  await advance(3_600);
  expect(await dueInMs()).toBeNull();
  await answer({});
  expect(await dueInMs()).toBe(-5_000);
  await sql`update code_location set removed_at = now()`.execute(db);
  expect(await dueInMs()).toBeNull();
  await sql`update code_location set removed_at = null`.execute(db);
});

test("a schedule with code is evaluated by an agent, and launches what it asks for with the answer", async () => {
  await serve(hourly);
  await advance(3_600);
  await tick();
  expect(await listTicks()).toEqual([{ at: "01:00", status: "STARTED", why: null, runs: 0 }]);

  const told = await answer({
    runRequests: [
      { ...run, runKey: "a" },
      { ...run, runKey: "b" },
      { ...run, runKey: "a" },
    ],
  });
  expect(told).toMatchObject({
    scheduleName: "hourly",
    scheduledAt: "2025-01-01T01:00:00.000Z",
    lastTickAt: null,
  });
  expect(await listTicks()).toEqual([{ at: "01:00", status: "SUCCESS", why: null, runs: 2 }]);

  await advance(3_600);
  await tick();
  expect(await answer({ runRequests: [{ ...run, runKey: "b" }] })).toMatchObject({
    lastTickAt: "2025-01-01T01:00:00.000Z",
  });
  await advance(3_600);
  await tick();
  const logs = [{ timestamp: start, level: "INFO", message: "looked into the calendar" }] as const;
  await answer({ skipReason: "a holiday", logs });
  expect(await listTicks()).toMatchObject([
    {},
    { status: "SKIPPED", why: expect.stringContaining("launched before, with the same run key"), runs: 0 },
    { status: "SKIPPED", why: "a holiday" },
  ]);
  const logged = await db.selectFrom("tick").select("logs").orderBy("scheduled_at", "desc").execute();
  expect(logged.map((row) => row.logs)).toEqual([logs, [], []]);
  expect(await listRuns()).toHaveLength(2);
});

test("when one of its runs can't be launched, nothing of a tick counts", async () => {
  await serve(hourly);
  await advance(3_600);
  await tick();
  const partitionsRequests = [{ action: "add", name: "customers", keys: ["acme"] }] as const;
  await answer({ partitionsRequests, runRequests: [run, { ...run, partitionKey: "2025-01-01" }] });

  expect(await listTicks()).toMatchObject([
    {
      status: "FAILURE",
      why: expect.stringMatching(/^Run 2 of the 2 that it asks for can't be launched/),
      runs: 0,
    },
  ]);
  expect(await listRuns()).toEqual([]);
  expect(await db.selectFrom("dynamic_partition").selectAll().execute()).toEqual([]);
});

test("what a tick reports of assets counts once it is settled, or not at all", async () => {
  await serve(hourly);
  const report: ReportedEvent = {
    kind: "materialization",
    assetKey: "raw/orders",
    partitionKey: null,
    metadata: {},
    description: null,
    tags: {},
    dataVersion: "v7",
  };
  const listReported = () => db.selectFrom("asset_event").select(["reported_by", "data_version"]).execute();
  await advance(3_600);
  await tick();
  await answer({ assetEvents: [report, { ...report, assetKey: "nowhere" }] });
  expect(await listReported()).toEqual([]);
  await advance(3_600);
  await tick();
  await answer({ assetEvents: [report] });

  expect(await listReported()).toEqual([{ reported_by: "schedule hourly", data_version: "v7" }]);
  expect(await listTicks()).toMatchObject([
    {
      status: "FAILURE",
      why: expect.stringContaining('What it reports of assets: No code location defines asset "nowhere"'),
    },
    { status: "SUCCESS", runs: 0 },
  ]);
});

test("while a tick is evaluated no other one is; afterwards the latest missed one, and the others are shown", async () => {
  await serve(hourly);
  await advance(3_600);
  await tick();
  await advance(3 * 3_600);
  await tick();
  expect(await listTicks()).toHaveLength(1);

  await answer({});
  await tick();
  expect(await listTicks()).toMatchObject([
    { at: "01:00", status: "SKIPPED", why: "It asked for nothing" },
    { at: "03:00", status: "SKIPPED", why: expect.stringContaining("1 before it, were missed") },
    { at: "04:00", status: "STARTED" },
  ]);
});

test("ticks that are made up for come one after the other", async () => {
  await serve({ ...hourly, catchup: '{"all":3}' }, { ...plain, name: "plain", catchup: '{"all":2}' });
  await advance(6 * 3_600);
  await tick();
  for (const at of ["04", "05", "06"]) {
    expect(await answer({})).toMatchObject({ scheduledAt: `2025-01-01T${at}:00:00.000Z` });
    await tick();
  }
  expect(
    (await listRuns()).map(({ tags }: { tags?: Record<string, string> }) => tags?.["millrace/scheduled_at"]),
  ).toEqual(["2025-01-01T05:00:00.000Z", "2025-01-01T06:00:00.000Z"]);
});

test("an edited cron expression, a pause and a clock that is set back replay nothing", async () => {
  await serve(plain);
  await advance(5.5 * 3_600);
  await serve({ ...plain, cron: ["15 * * * *"] });
  await tick();
  expect(await listTicks()).toEqual([]);

  await switchInstigator(db, ofHourly, "stopped");
  await advance(5 * 3_600);
  await switchInstigator(db, ofHourly, "running");
  await tick();
  expect(await listTicks()).toEqual([]);

  await advance(3_600);
  await tick();
  await setTime(start + 10 * 3_600_000);
  await switchInstigator(db, ofHourly, "stopped");
  await switchInstigator(db, ofHourly, "running");
  await setTime(start + 11.5 * 3_600_000);
  await tick();
  expect(await listTicks()).toMatchObject([
    { at: "10:15", status: "SKIPPED" },
    { at: "11:15", runs: 1 },
  ]);
  expect(await listRuns()).toHaveLength(1);
});

test("a tick that no agent takes fails and says why; a schedule of which late ticks are skipped waits a minute", async () => {
  await serve({ ...hourly, catchup: '"skip"' });
  await advance(3_600);
  await tick();
  await advance(61);
  await reapWork(db, TEST_WORK_EFFECTS, TEST_DEPLOYMENT);

  expect(await listTicks()).toMatchObject([
    { status: "FAILURE", why: expect.stringContaining('No agent has ever served queue "default"') },
  ]);
});

test("a schedule that its code does not define any more when its tick is evaluated fails that tick alone", async () => {
  await serve(hourly);
  await advance(3_600);
  await tick();
  await serve();
  await advance(3_600);
  await tick();
  await answer({
    error: { name: "NoSuchDefinition", message: 'There is no schedule "hourly"', stack: null, cause: null },
  });
  await tick();

  expect(await listTicks()).toMatchObject([
    { at: "01:00", status: "FAILURE", why: 'There is no schedule "hourly"' },
  ]);
});
