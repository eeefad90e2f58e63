import { sql } from "kysely";
import type { Catchup } from "@millrace/model/ticks/catchup";
import { tickOnce } from "../daemons/tick-once.ts";
import type { Db } from "../database/connect.ts";
import { scheduleDaemon } from "../schedules/schedule-daemon.ts";
import { SIMULATION_START_MS, type SimulatedDatabase } from "../testing/simulated-database.ts";
import { createTestContext } from "../testing/test-context.ts";
import {
  claimDefaultWork,
  LAUNCH_CONTEXT,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  TEST_WORK_EFFECTS,
} from "../testing/test-runs.ts";
import { syncInstigators } from "../ticks/sync-instigators.ts";
import { completeWork } from "../work/settle-work.ts";
import { matchesCron } from "./matches-cron.ts";
import { createRandom, type Random } from "./random.ts";
import { checkTimes, readInstigator } from "./tick-invariants.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** How often nobody is there for a while when something is due. */
const OUTAGES = 0.002;

/** How often several replicas look at once. */
const SEVERAL_REPLICAS = 0.1;
/** How many of the schedules have no code. */
const PLAIN = 0.9;

/** How many schedules, for how long. */
export interface ScheduleSimulation {
  readonly seed: number;
  readonly schedules: number;
  readonly hours: number;
}

/** What was decided. */
export interface ScheduleReport {
  readonly ticks: number;
  readonly runs: number;
  /** How often nobody was there for hours. */
  readonly outages: number;
}

interface Schedule {
  readonly name: string;
  readonly cron: string;
  readonly catchup: Catchup;
  readonly plain: boolean;
}

/**
 * Lets schedules of mixed crons tick for a while in up to three replicas at once, with outages of hours, and counts by arithmetic of its
 * own whether each of their times was decided once. Runs are launched and stay in the queue.
 *
 * @param database as new.
 * @throws InvariantBroken
 */
export async function simulateSchedules(
  database: SimulatedDatabase,
  { seed, schedules: count, hours }: ScheduleSimulation,
): Promise<ScheduleReport> {
  const { db, setTime } = database;
  const random = createRandom(seed, "schedules");
  const schedules = Array.from({ length: count }, (_, index) => writeSchedule(random, index));
  const end = SIMULATION_START_MS + hours * HOUR_MS;
  let now = SIMULATION_START_MS;
  let outages = 0;
  await setTime(now);
  await serveLocation(db, "shop", { ...SHOP, schedules: schedules.map(toDefinition) });
  await syncInstigators(db, TEST_DEPLOYMENT);
  while (now < end) {
    const isOut = random.chance(OUTAGES);
    if (isOut) outages++;
    const due = await findNextDue(db);
    now = Math.min(end, Math.max(now, due) + (isOut ? random.integer(1, 5 * HOUR_MS) : 0));
    await setTime(now);
    const replicas = random.chance(SEVERAL_REPLICAS) ? random.integer(2, 3) : 1;
    await Promise.all(Array.from({ length: replicas }, (_, index) => tick(db, `r${index}`)));
    await answerTicks(db);
  }
  await decideRest(db);
  const minutes = Array.from(
    { length: hours * 60 + 1 },
    (_, index) => SIMULATION_START_MS + index * MINUTE_MS,
  );
  let [ticks, runs] = [0, 0];
  for (const schedule of schedules) {
    const found = await readInstigator(db, "schedule", schedule.name);
    const times = minutes.filter(
      (minute) => minute > SIMULATION_START_MS && matchesCron(schedule.cron, minute),
    );
    checkTimes(schedule, times, found);
    ticks += found.ticks.length;
    runs += found.ticks.reduce((sum, { runIds }) => sum + runIds.length, 0);
  }
  const { rows } = await sql<{ runs: number }>`select count(*)::integer as runs from run`.execute(db);
  if (rows[0]?.runs !== runs) throw new Error(`${rows[0]?.runs} runs of ${runs} that ticks have launched`);
  return { ticks, runs, outages };
}

function writeSchedule(random: Random, index: number): Schedule {
  const [minute, hour, day] = [random.integer(0, 59), random.integer(0, 23), random.integer(0, 6)];
  const cron = random.pick([
    `${minute} * * * *`,
    `${minute} ${hour} * * *`,
    `${minute} ${hour} * * *`,
    `${minute} ${hour} * * ${day}`,
    `*/15 8-17 * * 1-5`,
    index % 10 === 0 ? "*/5 * * * *" : `${minute} */2 * * *`,
  ]);
  const catchup = random.pick<Catchup>(["skip", "latest", { all: 3 }]);
  return { name: `schedule_${index}`, cron, catchup, plain: random.chance(PLAIN) };
}

function toDefinition({ name, cron, catchup, plain }: Schedule) {
  const rule = { name, cron: [cron], timezone: "UTC", catchup: JSON.stringify(catchup), plain };
  return { ...rule, jobName: "hello", runningByDefault: true };
}

async function tick(db: Db, replica: string): Promise<void> {
  const duty = { daemon: scheduleDaemon, deploymentId: TEST_DEPLOYMENT };
  const { error } = await tickOnce(duty, createTestContext(db, LAUNCH_CONTEXT), replica);
  if (error !== null) throw error;
}

/** What is due by now, with what is made up for tick by tick. */
async function decideRest(db: Db): Promise<void> {
  for (let asked = 1; asked > 0;) {
    await tick(db, "last");
    asked = await answerTicks(db);
  }
}

/** Answers for the agent: each tick with code asks for a run. Returns how many there were. */
async function answerTicks(db: Db): Promise<number> {
  const items = await claimDefaultWork(db);
  for (const { id } of items) {
    const held = { deploymentId: TEST_DEPLOYMENT, agentId: "agent-1", id };
    await completeWork(db, TEST_WORK_EFFECTS, held, { runRequests: [{ jobName: "hello" }] });
  }
  return items.length;
}

async function findNextDue(db: Db): Promise<number> {
  const { rows } = await sql<{ due: number }>`
    select extract(epoch from min(next_due))::float8 * 1000 as due from instigator`.execute(db);
  return rows[0]?.due ?? Infinity;
}
