import { SIMULATION_START_MS, type SimulatedDatabase } from "../testing/simulated-database.ts";
import { createRandom, type Random } from "./random.ts";
import { checkSchedules } from "./schedule-invariants.ts";
import { createScheduleWorld, REPLICAS, type ScheduleWorld } from "./schedule-world.ts";
import { explainFailure } from "./simulation-failed.ts";
import { InvariantBroken } from "./stored-history.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Looks after the last harm within which all must come to rest, and what lies between two. */
const LOOKS = 100;
const LOOK_MS = 5_000;
/** The longest that nobody is there, and the furthest that a clock is wrong or set back. */
const [OUTAGE_MS, SET_BACK_MS] = [5 * HOUR_MS, 2 * HOUR_MS];
/** Statements after which a process dies at the latest. */
const CRASH_WITHIN = 15;

/** How often it happens in a simulated day, on the average. */
const A_DAY = { outages: 1, setBacks: 4, wrongClocks: 10, switches: 40, deploys: 4 } as const;
/** How likely it is in each round, from 0 to 1. */
const CHANCE = {
  severalReplicas: 0.15,
  crash: 0.08,
  reap: 0.1,
  agentIsAway: 0.03,
  toldTwice: 0.1,
} as const;
/** While times come again, more is switched and deployed: what begins to tick then must not repeat them. */
const WHILE_REPEATED = { switches: 10, deploy: 0.5 } as const;

/** How many schedules, for how long. */
export interface ScheduleSimulation {
  readonly seed: number;
  readonly schedules: number;
  readonly hours: number;
  /** Simulated hours after which nothing is done any more and nothing goes wrong; what came before is the same. Default: `hours`. */
  readonly until?: number;
}

/** What was decided, and how often what went wrong. */
export interface ScheduleReport extends Happened {
  /** The same for the same seed and size: a hash of every statement, in its order, with what came of it. */
  readonly trace: string;
  readonly statements: number;
  readonly ticks: number;
  readonly runs: number;
}

interface Happened {
  /** How often nobody was there for hours. */
  outages: number;
  /** How often the database's clock was set back. */
  setBacks: number;
  /** How often a process died between two statements. */
  crashes: number;
  deploys: number;
}

/**
 * Lets schedules of mixed crons tick for a while in up to three replicas at once, one statement after the other in an order that the
 * seed alone decides, and holds what is stored against arithmetic of its own: each time of a schedule is decided once. Meanwhile
 * processes die between two statements, clocks are wrong and set back, nobody is there for hours, and schedules are switched and
 * defined otherwise. Runs are launched and stay in the queue.
 *
 * @param replay the command that repeats it, for the message of a failure.
 * @throws SimulationFailed
 */
export async function simulateSchedules(
  database: SimulatedDatabase,
  { seed, schedules, hours, until = hours }: ScheduleSimulation,
  replay = `npm run simulate -- --schedules ${schedules} --hours ${hours} --seed ${seed}`,
): Promise<ScheduleReport> {
  const world = await createScheduleWorld(database, seed, schedules);
  const { trace } = world;
  const random = createRandom(seed, "rounds");
  const end = SIMULATION_START_MS + until * HOUR_MS;
  const happened: Happened = { outages: 0, setBacks: 0, crashes: 0, deploys: 0 };
  try {
    while (world.now < end) await liveOn(world, random, end, happened);
    await comeToRest(world);
    return {
      trace: trace.hash(),
      statements: trace.statements,
      ...(await checkSchedules(database.db)),
      ...happened,
    };
  } catch (error) {
    throw explainFailure(seed, trace, replay, error);
  } finally {
    await world.end();
  }
}

/** Decides what is due next, in as many replicas as chance has, and lets the agent answer. */
async function liveOn(world: ScheduleWorld, random: Random, end: number, happened: Happened): Promise<void> {
  const settle = async (): Promise<void> => {
    const crashAfter = random.chance(CHANCE.crash) ? random.integer(0, CRASH_WITHIN) : null;
    if (await world.settle(crashAfter)) happened.crashes++;
  };
  const before = world.now;
  world.now = Math.min(end, Math.max(before, await world.findNextDue()));
  await interfere(world, random, (world.now - before) / DAY_MS, happened);
  const replicas = random.chance(CHANCE.severalReplicas) ? random.integer(2, REPLICAS) : 1;
  for (let replica = 0; replica < replicas; replica++) world.tick(replica);
  if (random.chance(CHANCE.reap)) world.reap(REPLICAS - 1);
  await settle();
  if (random.chance(CHANCE.agentIsAway)) return;
  world.claim();
  await settle();
  world.tell(random.chance(CHANCE.toldTwice) ? 2 : 1);
  await settle();
}

/** What goes wrong, and what people do, in so many days. */
async function interfere(
  world: ScheduleWorld,
  random: Random,
  days: number,
  happened: Happened,
): Promise<void> {
  if (random.chance(days * A_DAY.wrongClocks))
    world.clockOffsets[random.integer(0, REPLICAS - 1)] = random.integer(-SET_BACK_MS, SET_BACK_MS);
  if (random.chance(days * A_DAY.outages)) {
    happened.outages++;
    world.now += random.integer(1, OUTAGE_MS);
  }
  // Not while the code of a tick asks for a partition, which would not be there any more.
  const isSetBack = random.chance(days * A_DAY.setBacks) && (await world.isIdle());
  if (isSetBack) {
    happened.setBacks++;
    world.now -= random.integer(1, SET_BACK_MS);
  }
  const switches = isSetBack ? WHILE_REPEATED.switches : Number(random.chance(days * A_DAY.switches));
  for (let switched = 0; switched < switches; switched++)
    world.switchTo(random.pick(world.names), random.pick(["running", "stopped", null]));
  if (!random.chance(isSetBack ? WHILE_REPEATED.deploy : days * A_DAY.deploys)) return;
  world.deploy(happened.deploys++);
}

/** Nothing goes wrong any more: everything that is due is decided, and every tick has an end. */
async function comeToRest(world: ScheduleWorld): Promise<void> {
  world.clockOffsets.fill(0);
  for (let look = 0; look < LOOKS; look++) {
    world.tick(0);
    world.reap(1);
    await world.settle(null);
    world.claim();
    await world.settle(null);
    world.tell(1);
    await world.settle(null);
    if ((await world.isIdle()) && (await world.findNextDue()) > world.now) return;
    // The agent may have taken what it has not heard of; its lease ends.
    world.now += LOOK_MS;
  }
  throw new InvariantBroken("It does not come to rest");
}
