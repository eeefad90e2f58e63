import { sql } from "kysely";
import { expect, test } from "vitest";
import { beginScheduleTicks } from "../schedules/begin-schedule-ticks.ts";
import { createTestContext } from "../testing/test-context.ts";
import { TEST_DEPLOYMENT, TEST_WORK_EFFECTS } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";
import { completeWork } from "../work/settle-work.ts";
import { claimWork } from "../work/work-store.ts";

const { db, ask, askFor } = await startUserApi();
const NIGHTLY = 'locationName: "shop", name: "nightly"';
const STATE = `state { status switchedTo problem failures nextTicks(limit: 2) latestTick { status } }`;

async function askSchedule(fields: string): Promise<unknown> {
  return (await askFor(`{ schedule(${NIGHTLY}) { ${fields} } }`))["schedule"];
}

/** Lets the schedule be due now, and begins its tick. */
async function tickNow(scheduledAt: string): Promise<string> {
  await sql`update instigator set next_due = now(), decided_up_to = ${scheduledAt}::timestamptz - interval '1 minute',
    rule = jsonb_set(rule, '{cron}', ${JSON.stringify([cronAt(scheduledAt)])}) where name = 'nightly'`.execute(
    db,
  );
  await beginScheduleTicks(createTestContext(db), TEST_DEPLOYMENT);
  const { rows } = await sql<{ id: string }>`select id from tick order by scheduled_at desc limit 1`.execute(
    db,
  );
  return rows[0]?.id ?? "";
}

/** Once a year. */
function cronAt(instant: string): string {
  const at = new Date(instant);
  return `${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;
}

test("a schedule is started, stopped and reset, and says when it ticks next", async () => {
  expect(await askSchedule(`catchup ${STATE}`)).toEqual({
    catchup: "latest",
    state: {
      status: "STOPPED",
      switchedTo: null,
      problem: null,
      failures: 0,
      nextTicks: [],
      latestTick: null,
    },
  });
  const started = await askFor(`mutation { startSchedule(${NIGHTLY}) { ${STATE} } }`);
  const [first, second] = (started["startSchedule"] as { state: { nextTicks: string[] } }).state.nextTicks;
  expect(started).toMatchObject({ startSchedule: { state: { status: "RUNNING", switchedTo: "RUNNING" } } });
  expect(first).toMatch(/T03:00:00\.000Z$/);
  expect(Date.parse(second ?? "") - Date.parse(first ?? "")).toBe(86_400_000);

  expect(await askFor(`mutation { stopSchedule(${NIGHTLY}) { ${STATE} } }`)).toMatchObject({
    stopSchedule: { state: { status: "STOPPED", switchedTo: "STOPPED", nextTicks: [] } },
  });
  expect(await askFor(`mutation { resetSchedule(${NIGHTLY}) { ${STATE} } }`)).toMatchObject({
    resetSchedule: { state: { status: "STOPPED", switchedTo: null } },
  });
});

test("ticks are listed newest first, page by page and by status, with what became of them", async () => {
  await askFor(`mutation { startSchedule(${NIGHTLY}) { name } }`);
  const id = await tickNow("2026-03-01T03:00:00Z");
  const waiting = `state { latestTick { id status isWaiting finishedAt latenessMs } }`;
  expect(await askSchedule(waiting)).toEqual({
    state: { latestTick: { id, status: "STARTED", isWaiting: true, finishedAt: null, latenessMs: null } },
  });
  await claimWork(db, { deploymentId: TEST_DEPLOYMENT, agentId: "a", queues: ["default"], max: 10 });
  expect(await askSchedule(waiting)).toMatchObject({ state: { latestTick: { isWaiting: false } } });
  const error = { name: "Error", message: "no calendar", stack: null, cause: null };
  await completeWork(db, TEST_WORK_EFFECTS, { deploymentId: TEST_DEPLOYMENT, agentId: "a", id }, { error });
  await sql`update tick set finished_at = scheduled_at + interval '250 ms' where id = ${id}`.execute(db);
  const next = await tickNow("2026-03-02T03:00:00Z");

  const page = (args: string) =>
    askSchedule(`state { failures ticks(${args}) { nodes { id status error runIds latenessMs } hasMore } }`);
  expect(await page("limit: 1")).toMatchObject({
    state: { failures: 1, ticks: { nodes: [{ id: next }], hasMore: true } },
  });
  expect(await page(`limit: 1, after: "${next}"`)).toMatchObject({
    state: {
      ticks: {
        nodes: [{ id, status: "FAILURE", error: { message: "no calendar" }, runIds: [], latenessMs: 250 }],
        hasMore: false,
      },
    },
  });
  expect(await page("statuses: [SUCCESS]")).toMatchObject({
    state: { ticks: { nodes: [], hasMore: false } },
  });
});

test("the cursor of a sensor is set by hand", async () => {
  const set = (cursor: string | null) =>
    askFor(
      `mutation ($cursor: String) { setSensorCursor(locationName: "shop", name: "watch", cursor: $cursor) { state { cursor } } }`,
      { cursor },
    );
  expect(await set("2024-05")).toEqual({ setSensorCursor: { state: { cursor: "2024-05" } } });
  expect(await set(null)).toEqual({ setSensorCursor: { state: { cursor: null } } });
});

test("what is not defined can't be switched", async () => {
  const { errors } = await ask(`mutation { startSensor(locationName: "shop", name: "nobody") { name } }`);
  expect(errors).toMatchObject([
    {
      message: 'There is no sensor "nobody" in code location "shop"',
      extensions: { code: "unknown_definition" },
    },
  ]);
});
