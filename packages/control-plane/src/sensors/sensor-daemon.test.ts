import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import type { EvaluateSensorWork, TickResult } from "@millrace/model/runs/work-item";
import { tickOnce, type TickReport } from "../daemons/tick-once.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import {
  claimDefaultWork,
  LAUNCH_CONTEXT,
  launchInput,
  launchTestRun,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  TEST_WORK_EFFECTS,
} from "../testing/test-runs.ts";
import { syncInstigators } from "../ticks/sync-instigators.ts";
import { completeWork } from "../work/settle-work.ts";
import { sensorDaemon } from "./sensor-daemon.ts";
import { storeReportedEvents } from "../assets/report/report-asset-events.ts";
import { wakeWatchers } from "./wake-watchers.ts";
import { setSensorCursor } from "./set-sensor-cursor.ts";

const { db, advance, setTime } = await createSimulatedDatabase();
const files = {
  name: "files",
  kind: "standard",
  minimumIntervalSeconds: 10,
  jobNames: ["hello"],
  runningByDefault: true,
};
const run = {
  runKey: null,
  jobName: "hello",
  assetSelection: null,
  partitionKey: null,
  runConfig: {},
  tags: {},
};

beforeEach(async () => {
  await setTime(Date.UTC(2025, 0, 1));
  await sql`truncate instigator, run, run_event, dynamic_partition cascade`.execute(db);
  await sql`delete from work_item`.execute(db);
  await sql`update code_location set instigators_of = null`.execute(db);
});

async function serve(...sensors: readonly object[]): Promise<void> {
  await serveLocation(db, "shop", { ...SHOP, sensors: [...sensors] });
  await syncInstigators(db, TEST_DEPLOYMENT);
}

function tick(): Promise<TickReport> {
  const duty = { daemon: sensorDaemon, deploymentId: TEST_DEPLOYMENT };
  return tickOnce(duty, createTestContext(db, LAUNCH_CONTEXT), "replica");
}

/** Evaluations that agents are asked for, by the names of their sensors; each is answered with a call. */
async function claim() {
  const items = await claimDefaultWork(db);
  return items.map(({ id, payload }) => ({
    told: payload as EvaluateSensorWork,
    answer: (result: Partial<TickResult>) =>
      completeWork(db, TEST_WORK_EFFECTS, { deploymentId: TEST_DEPLOYMENT, agentId: "agent-1", id }, result),
  }));
}

/** The one evaluation that is due, answered. */
async function answerOne(result: Partial<TickResult>): Promise<EvaluateSensorWork> {
  await tick();
  const [item, ...others] = await claim();
  if (item === undefined || others.length > 0) throw new Error("Not one evaluation is due");
  await item.answer(result);
  return item.told;
}

async function listTicks(): Promise<object[]> {
  const { rows } = await sql<object>`
    select status, coalesce(skip_reason, error ->> 'message') as why, cardinality(run_ids) as runs from tick order by scheduled_at`.execute(
    db,
  );
  return rows;
}

const failed = (message: string) => ({ name: "Error", message, stack: null, cause: null });

test("a sensor goes on from its cursor an interval after its last evaluation, and launches each run key once", async () => {
  await serve(files);
  expect(await answerOne({ cursor: "a", runRequests: [{ ...run, runKey: "a" }] })).toMatchObject({
    cursor: null,
    lastTickAt: null,
    timeoutSeconds: 300,
  });
  expect(await tick()).toMatchObject({ outcome: "done", nextInMs: 10_000 });
  await advance(10);
  expect(await answerOne({ cursor: "b", runRequests: [{ ...run, runKey: "a" }] })).toMatchObject({
    cursor: "a",
    lastTickAt: "2025-01-01T00:00:00.000Z",
  });

  expect(await listTicks()).toMatchObject([
    { status: "SUCCESS", runs: 1 },
    {
      status: "SKIPPED",
      why: expect.stringMatching(/launched before, with the same run key: [0-9a-f-]{36}$/),
    },
  ]);
});

test("a run key launches nothing again after its run was deleted, nor after a tick that asked for what can't be", async () => {
  await serve(files);
  const asked = ["a", "b"].map((runKey) => ({ ...run, runKey }));
  await answerOne({ runRequests: [...asked, { ...run, partitionKey: "2025-01-01" }] });
  await advance(10);
  await answerOne({ runRequests: asked });
  await sql`truncate run cascade`.execute(db);
  await advance(10);
  await answerOne({ runRequests: [...asked, { ...run, runKey: "c" }] });
  await advance(10);
  await answerOne({ runRequests: asked });

  expect(await listTicks()).toMatchObject([
    { status: "FAILURE", runs: 0 },
    { status: "SUCCESS", runs: 2 },
    { status: "SUCCESS", runs: 1, why: expect.stringContaining("2 of 3 runs") },
    { status: "SKIPPED", why: expect.stringContaining("All 2 runs") },
  ]);
});

test("a sensor that is evaluated is not due again, and delays no other", async () => {
  await serve({ ...files, name: "slow" }, files);
  await tick();
  const first = await claim();
  expect(first.map(({ told }) => told.sensorName).toSorted()).toEqual(["files", "slow"]);
  await first.find(({ told }) => told.sensorName === "files")?.answer({});
  await advance(11);
  await Promise.all([tick(), tick()]);

  const second = await claim();
  expect(second.map(({ told }) => told.sensorName)).toEqual(["files"]);
});

test("sensors that are first evaluated at the same time get out of step, and keep their interval", async () => {
  const names = Array.from({ length: 50 }, (_, index) => `files_${index}`);
  await serve(...names.map((name) => ({ ...files, name })));
  const readPauses = async (): Promise<string[]> => {
    const { rows } = await sql<{ pause: string }>`
      select (next_due - now())::text as pause from instigator order by next_due`.execute(db);
    return rows.map(({ pause }) => pause);
  };
  await tick();
  const first = await readPauses();
  for (const { answer } of await claim()) await answer({});
  await advance(15);
  await tick();

  expect([first.at(0), first.at(1), first.at(-1)]).toEqual(["00:00:10", "00:00:10.05", "00:00:12.45"]);
  expect(new Set(await readPauses())).toEqual(new Set(["00:00:10"]));
});

test("an evaluation that fails keeps the cursor it had set, and is tried again after pauses that grow", async () => {
  await serve({ ...files, minimumIntervalSeconds: 1 });
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 4; attempt++) {
    await answerOne({ cursor: `c${attempt}`, error: failed("no network") });
    const { rows } = await sql<{ pause: number }>`
      select extract(epoch from next_due - now())::float8 as pause from instigator`.execute(db);
    const pause = Math.round(rows[0]?.pause ?? 0);
    pauses.push(pause);
    await advance(pause);
  }
  expect(pauses).toEqual([5, 10, 20, 40]);
  expect((await answerOne({})).cursor).toBe("c3");
  expect((await tick()).nextInMs).toBe(1_000);
});

test("a cursor that was set by hand while its sensor was evaluated stays", async () => {
  await serve(files);
  await tick();
  const [item] = await claim();
  await setSensorCursor(
    db,
    { deploymentId: TEST_DEPLOYMENT, locationName: "shop", name: "files" },
    "by hand",
  );
  await item?.answer({ cursor: "by its code" });
  await advance(10);

  expect((await answerOne({})).cursor).toBe("by hand");
});

test("keys that a sensor adds are there for the runs that it asks for", async () => {
  await serve(files);
  await answerOne({
    partitionsRequests: [
      { action: "add", name: "customers", keys: ["acme", "old"] },
      { action: "delete", name: "customers", keys: ["old"] },
    ],
  });
  const keys = await db.selectFrom("dynamic_partition").select("key").execute();
  expect(keys).toEqual([{ key: "acme" }]);
});

test("a sensor on runs is evaluated when there is one that it has not seen, and told of it until that succeeds", async () => {
  const watch = {
    events: { case: "runs", value: { statuses: ["QUEUED"], jobNames: [], allLocations: true } },
  };
  await serve({ ...files, watch });
  await tick();
  expect(await claim()).toEqual([]);

  const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput());
  await advance(10);
  const seen = { events: { runs: [{ runId: id, status: "QUEUED" }] } };
  expect(await answerOne({ error: failed("no network") })).toMatchObject(seen);
  await advance(10);
  expect(await answerOne({})).toMatchObject(seen);
  await advance(10);
  await tick();
  expect(await claim()).toEqual([]);
});

test("a sensor that watches is due as soon as something happens, an interval after its last evaluation at the earliest", async () => {
  const watch = { events: { case: "assets", value: { assetKeys: ["raw/orders"], all: false } } };
  await serve({ ...files, watch, minimumIntervalSeconds: 30 });
  const report = async (): Promise<string | undefined> => {
    const orders = { kind: "materialization", assetKey: "raw/orders", partitionKey: null } as const;
    const event = { ...orders, metadata: {}, description: null, tags: {}, dataVersion: null };
    const by = { deploymentId: TEST_DEPLOYMENT, name: "test" };
    await db.transaction().execute((trx) => storeReportedEvents(trx, by, [event]));
    await wakeWatchers(db, TEST_DEPLOYMENT);
    const { next_due: due } = await db.selectFrom("instigator").select("next_due").executeTakeFirstOrThrow();
    return due?.toISOString().slice(11, 19);
  };
  await tick();
  expect(await claim()).toEqual([]);
  await wakeWatchers(db, TEST_DEPLOYMENT);
  expect((await tick()).nextInMs).toBe(30_000);

  expect(await report()).toBe("00:00:01");
  await advance(5);
  expect(await answerOne({})).toMatchObject({ events: { materializations: [{ assetKey: "raw/orders" }] } });
  await advance(5);
  expect(await report()).toBe("00:00:31");
  await serve({ ...files, watch, minimumIntervalSeconds: 1 });
  await answerOne({ error: failed("no network") });
  expect(await report()).toBe("00:00:15");
});

test("a sensor on runs is due as soon as a run comes to a status that it watches", async () => {
  const watch = {
    events: { case: "runs", value: { statuses: ["FAILURE"], jobNames: [], allLocations: true } },
  };
  await serve({ ...files, watch });
  await tick();
  const run = await launchTestRun(db, TEST_DEPLOYMENT, launchInput());
  await wakeWatchers(db, TEST_DEPLOYMENT);
  expect((await tick()).nextInMs).toBe(10_000);
  await advance(2);
  await sql`update run_change set status = 'FAILURE' where run_id = ${run.id}`.execute(db);
  await wakeWatchers(db, TEST_DEPLOYMENT);
  await tick();
  expect(await claim()).toMatchObject([{ told: { events: { runs: [{ runId: run.id }] } } }]);
});

test("a renamed sensor goes on with its cursor and its run keys", async () => {
  await serve(files);
  await answerOne({ cursor: "a", runRequests: [{ ...run, runKey: "a" }] });
  await serve({ ...files, name: "new_files", renamedFrom: ["files"] });
  await advance(10);

  expect(await answerOne({ runRequests: [{ ...run, runKey: "a" }] })).toMatchObject({
    sensorName: "new_files",
    cursor: "a",
  });
  expect(await listTicks()).toMatchObject([{ runs: 1 }, { status: "SKIPPED" }]);
});
