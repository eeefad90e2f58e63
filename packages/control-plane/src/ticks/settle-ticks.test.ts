import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import type { RunRequest, TickAnswer } from "@millrace/model/runs/work-item";
import { tickOnce } from "../daemons/tick-once.ts";
import { scheduleDaemon } from "../schedules/schedule-daemon.ts";
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
import { completeWorks, type WorkResult } from "../work/complete-works.ts";
import { reapWork } from "../work/reap-work.ts";
import { syncInstigators } from "./sync-instigators.ts";

const { db, advance, setTime } = await createSimulatedDatabase();
const agent = { deploymentId: TEST_DEPLOYMENT, agentId: "agent-1" };
const NAMES = ["a", "b", "c", "d"];
const run: RunRequest = {
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
  const hourly = { cron: ["0 * * * *"], timezone: "UTC", jobName: "hello", runningByDefault: true };
  await serveLocation(db, "shop", { ...SHOP, schedules: NAMES.map((name) => ({ ...hourly, name })) });
  await syncInstigators(db, TEST_DEPLOYMENT);
  await advance(3_600);
  const duty = { daemon: scheduleDaemon, deploymentId: TEST_DEPLOYMENT };
  await tickOnce(duty, createTestContext(db, LAUNCH_CONTEXT), "replica");
});

/** Claims all ticks; the answers of some schedules to theirs. */
async function claimTicks(
  answers: Readonly<Record<string, Partial<TickAnswer>>>,
): Promise<readonly (WorkResult & { readonly name: string })[]> {
  const items = await claimDefaultWork(db);
  return items
    .map(({ id, payload }) => ({ id, name: (payload as { readonly scheduleName: string }).scheduleName }))
    .flatMap((item) => (item.name in answers ? [{ ...item, result: answers[item.name] }] : []));
}

async function listTicks(): Promise<object[]> {
  const { rows } = await sql<object>`
    select i.name, t.status, cardinality(t.run_ids) as runs, coalesce(t.skip_reason, t.error ->> 'message') as why,
      i.tick_in_flight is null as is_free
    from tick t join instigator i on i.id = t.instigator_id order by i.name, t.scheduled_at`.execute(db);
  return rows;
}

async function countRuns(): Promise<number> {
  return (await db.selectFrom("run").select("id").execute()).length;
}

test("what many ticks have answered is done at once, each with what it asked for", async () => {
  const results = await claimTicks({
    a: { skipReason: "a holiday" },
    b: { runRequests: [run, run] },
    c: { runRequests: [run], logs: [{ timestamp: 1, level: "INFO", message: "looked" }] },
    d: { partitionsRequests: [{ action: "add", name: "customers", keys: ["acme"] }] },
  });
  expect(await completeWorks(db, TEST_WORK_EFFECTS, agent, results)).toHaveLength(4);
  expect(await listTicks()).toEqual([
    { name: "a", status: "SKIPPED", runs: 0, why: "a holiday", is_free: true },
    { name: "b", status: "SUCCESS", runs: 2, why: null, is_free: true },
    { name: "c", status: "SUCCESS", runs: 1, why: null, is_free: true },
    { name: "d", status: "SUCCESS", runs: 0, why: null, is_free: true },
  ]);
});

test("a tick that asks for what can't be, or answers nonsense, fails alone", async () => {
  const results = await claimTicks({
    a: { runRequests: [run] },
    b: { runRequests: [run, { ...run, partitionKey: "2025-01-01" }] },
    c: { runRequests: 7 as never },
    d: { error: { name: "Error", message: "no calendar", stack: null, cause: null } },
  });
  await completeWorks(db, TEST_WORK_EFFECTS, agent, results);
  expect(await listTicks()).toEqual([
    { name: "a", status: "SUCCESS", runs: 1, why: null, is_free: true },
    { name: "b", status: "FAILURE", runs: 0, why: expect.stringMatching(/^Run 2 of the 2/), is_free: true },
    { name: "c", status: "FAILURE", runs: 0, why: expect.stringContaining("`runRequests`"), is_free: true },
    { name: "d", status: "FAILURE", runs: 0, why: "no calendar", is_free: true },
  ]);
  expect(await countRuns()).toBe(1);
});

test("told twice, by replicas at once and in parts, each tick counts once", async () => {
  const results = await claimTicks({
    a: { runRequests: [run] },
    b: { runRequests: [run] },
    c: { runRequests: [run] },
    d: { runRequests: [run] },
  });
  await completeWorks(db, TEST_WORK_EFFECTS, agent, results.slice(2));
  const kept = await Promise.all(
    [results, results.toReversed(), results].map((told) => completeWorks(db, TEST_WORK_EFFECTS, agent, told)),
  );
  expect(kept.map((ids) => ids.length)).toEqual([4, 4, 4]);
  expect(await countRuns()).toBe(4);
});

test("of an agent that dies amid its ticks those that it has not told of come again, and the others do not", async () => {
  const results = await claimTicks({ a: { runRequests: [run] }, b: { runRequests: [run] } });
  expect(await completeWorks(db, TEST_WORK_EFFECTS, agent, results)).toHaveLength(2);
  await advance(16);
  await reapWork(db, TEST_WORK_EFFECTS, TEST_DEPLOYMENT);
  const again = await claimTicks({
    a: {},
    b: {},
    c: { runRequests: [run] },
    d: { runRequests: [run] },
  });
  expect(again.map(({ name }) => name).toSorted()).toEqual(["c", "d"]);

  const other = { ...agent, agentId: "agent-2" };
  expect(await completeWorks(db, TEST_WORK_EFFECTS, other, again)).toEqual([]);
  expect(await completeWorks(db, TEST_WORK_EFFECTS, agent, again)).toHaveLength(2);
  expect(await listTicks()).toMatchObject(NAMES.map((name) => ({ name, status: "SUCCESS", runs: 1 })));
  expect(await countRuns()).toBe(4);
});

test("when the transaction of many breaks off, each is settled alone", async () => {
  const results = await claimTicks({ a: { runRequests: [run] }, b: {}, c: {}, d: {} });
  const { evaluate_schedule: effect } = TEST_WORK_EFFECTS;
  const together = { fits: () => true, onDone: () => Promise.reject(new Error("the disk is full")) };
  const failing = { ...TEST_WORK_EFFECTS, evaluate_schedule: { ...effect, together } };
  expect(await completeWorks(db, failing, agent, results)).toHaveLength(4);
  expect(await listTicks()).toMatchObject([{ status: "SUCCESS", runs: 1 }, {}, {}, { status: "SKIPPED" }]);
});
