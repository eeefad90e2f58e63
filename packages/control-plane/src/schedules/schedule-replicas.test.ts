import { sql } from "kysely";
import { expect, test } from "vitest";
import { findNextTick } from "@millrace/model/ticks/due-ticks";
import { ensureEventPartitions } from "../database/event-partitions.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import { LAUNCH_CONTEXT, serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { syncInstigators } from "../ticks/sync-instigators.ts";
import { beginScheduleTicks } from "./begin-schedule-ticks.ts";

const { db, setTime } = await createSimulatedDatabase();
const HOUR = 3_600_000;
const START = Date.UTC(2025, 2, 5); // New York changes its clocks on the 9th
const END = Date.UTC(2025, 2, 12);

async function moveTo(now: number): Promise<void> {
  await setTime(now);
  await ensureEventPartitions(db);
}

const CRONS = [["0 */6 * * *"], ["30 2 * * *"], ["0 3 * * 1-5", "15 12 * * 0"], ["*/20 1 * * *"]];
const SCHEDULES = ["UTC", "America/New_York", "Asia/Kathmandu"].flatMap((timezone) =>
  CRONS.map((cron, index) => ({
    name: `${timezone} ${index}`,
    cron,
    timezone,
    jobName: "hello",
    plain: true,
    runningByDefault: true,
    catchup: '{"all":1000}',
  })),
);

test("replicas that look at any time, and break off in the midst, decide each tick once and lose none", async () => {
  await setTime(START);
  await serveLocation(db, "shop", { ...SHOP, schedules: SCHEDULES });
  await syncInstigators(db, TEST_DEPLOYMENT);
  const context = createTestContext(db, LAUNCH_CONTEXT);
  const decide = async (): Promise<void> => {
    while (await beginScheduleTicks(context, TEST_DEPLOYMENT));
  };
  const breakOff = (): Promise<void> =>
    db.transaction().execute(async (trx) => {
      await beginScheduleTicks({ ...context, db: trx }, TEST_DEPLOYMENT);
      throw new Error("the replica died");
    });
  let step = 1;
  for (let now = START; now < END; now += step = (step * 7_919) % (7 * HOUR)) {
    await moveTo(now);
    await expect(breakOff()).rejects.toThrow("the replica died");
    await Promise.all([decide(), decide(), decide()]);
  }
  await moveTo(END);
  await decide();

  const { rows } = await sql<{ name: string; at: Date; runs: number }>`
    select i.name, t.scheduled_at as at, cardinality(t.run_ids) as runs from tick t join instigator i on i.id = t.instigator_id
    order by i.name, t.scheduled_at`.execute(db);
  expect(rows.every(({ runs }) => runs === 1)).toBe(true);
  const decided = Map.groupBy(rows, ({ name }) => name);
  for (const { name, cron, timezone } of SCHEDULES)
    expect(decided.get(name)?.map(({ at }) => at.getTime())).toEqual(listTicks(cron, timezone));
  const launched = await db
    .selectFrom("run")
    .select((run) => run.fn.countAll<number>().as("count"))
    .executeTakeFirst();
  expect(launched?.count).toBe(rows.length);
});

function listTicks(cron: readonly string[], timezone: string): number[] {
  const ticks: number[] = [];
  for (let at = findNextTick({ cron, timezone }, START); at !== null && at <= END;)
    at = findNextTick({ cron, timezone }, ticks[ticks.push(at) - 1] ?? END);
  return ticks;
}
