import type { SimulatedDatabase } from "../testing/simulated-database.ts";
import { checkAutomation, hasSeenAll } from "./automation-invariants.ts";
import { checkBackfills } from "./backfill-invariants.ts";
import { doHarm } from "./faults.ts";
import { checkHistory, checkTimely, describeUnrest, isAtRest } from "./invariants.ts";
import { explainFailure } from "./simulation-failed.ts";
import { InvariantBroken } from "./stored-history.ts";
import { checkTicks } from "./tick-invariants.ts";
import { NO_FAULTS } from "./network.ts";
import { useControlPlane } from "./user.ts";
import { createWorld, WORLD_START_MS, type World } from "./world.ts";

/** How long a simulation is. */
export interface SimulationSize {
  /** Simulated seconds in which things are done and go wrong; what follows is without harm, until all is at rest. */
  readonly seconds: number;
  /** Runs that are launched in this time. */
  readonly launches: number;
  /** Simulated seconds after which nothing is done any more and nothing goes wrong; what came before is the same. Default: `seconds`. */
  readonly until?: number;
}

/** What became of a simulation in which everything held. */
export interface SimulationReport {
  /** The same for the same seed and size: a hash of every statement, in its order, with what came of it. */
  readonly trace: string;
  readonly statements: number;
  /** Runs whose launch was acknowledged. */
  readonly runs: number;
  /** Simulated seconds until everything was at rest. */
  readonly seconds: number;
}

/** A size of which hundreds are quick. */
export const SHORT: SimulationSize = { seconds: 10, launches: 3 };

/** Simulated time after the last harm in which all must come to rest. */
const REST_WITHIN_MS = 3_600_000;
/** Steps between two looks whether it has. */
const LOOK_EVERY = 30;
/** Simulated milliseconds between two harms, at most. */
const HARM_PAUSE_MS = 3_000;

/**
 * Simulates control planes, agents, workers and users on a simulated database, with all that can go wrong, in an order that the
 * seed alone decides.
 *
 * @param replay the command that repeats it, for the message of a failure.
 * @throws SimulationFailed
 */
export async function simulate(
  database: SimulatedDatabase,
  seed: number,
  size: SimulationSize,
  replay = `npm run simulate -- --seed ${seed}`,
): Promise<SimulationReport> {
  const world = await createWorld(database, seed);
  const { trace, timeline, knowledge } = world;
  try {
    await live(world, size);
    await comeToRest(world, database);
    await checkHistory(database.db, knowledge);
    await checkBackfills(database.db, knowledge.backfills);
    if (knowledge.shape.isTicking) await checkTicks(database.db, knowledge.ticksFrom);
    if (knowledge.shape.isAutomated) await checkAutomation(database.db);
    return {
      trace: trace.hash(),
      statements: trace.statements,
      runs: knowledge.launched.size,
      seconds: (timeline.now() - WORLD_START_MS) / 1_000,
    };
  } catch (error) {
    throw explainFailure(seed, trace, replay, error);
  } finally {
    await world.end();
  }
}

/** Everybody does his work, and harm is done. */
async function live(world: World, { seconds, launches, until = seconds }: SimulationSize): Promise<void> {
  const { tasks, timeline, network, replicas, agents, workers, knowledge } = world;
  const over = new AbortController();
  let end = timeline.now() + until * 1_000;
  for (const process of [...replicas, ...agents]) process.start();
  network.faults = { lost: 0.04, answerLost: 0.06, twice: 0.1 };
  const { onLaunched, onBackfill } = knowledge;
  const { hasBackfills } = knowledge.shape;
  const plan = { launches, pauseMs: (seconds * 1_000) / launches, hasBackfills, onLaunched, onBackfill };
  const user = tasks.spawn("user", (task) => useControlPlane(task, network, plan), { signal: over.signal });
  const victims = {
    replicas,
    agents,
    network,
    listWorkers: () => workers.filter(({ end }) => end === null),
    stall(milliseconds: number) {
      end += milliseconds;
      timeline.moveTo(timeline.now() + milliseconds);
    },
    redeploy: world.deploy,
  };
  const harm = tasks.spawn("harm", (task) => doHarm(task, victims, HARM_PAUSE_MS), { signal: over.signal });
  for (const { done } of [user, harm]) {
    done.catch((error: unknown) => {
      if (!over.signal.aborted) world.onBug(String(error));
    });
  }
  try {
    while (timeline.now() < end) await world.step();
  } finally {
    over.abort();
  }
  network.faults = NO_FAULTS;
  network.cutOff.clear();
  // One replica is enough to come to rest, and takes over from those that never come back.
  for (const replica of replicas.slice(1)) replica.kill();
  for (const process of [...replicas.slice(0, 1), ...agents]) if (!process.isAlive) process.start();
  world.deploy("tickless");
}

/** Goes on until nothing is under way any more. */
async function comeToRest(world: World, { db, setTime }: SimulatedDatabase): Promise<void> {
  const { timeline, agents, knowledge } = world;
  const { isAutomated } = knowledge.shape;
  const before = timeline.now() + REST_WITHIN_MS;
  for (let steps = 1; ; steps++) {
    await world.step();
    if (steps % LOOK_EVERY !== 0) continue;
    await setTime(timeline.now());
    if (
      agents.every(({ isBusy }) => !isBusy) &&
      (await isAtRest(db)) &&
      (!isAutomated || (await hasSeenAll(db)))
    )
      return;
    await checkTimely(db);
    if (timeline.now() > before)
      throw new InvariantBroken(`It does not come to rest: ${await describeUnrest(db)}`);
  }
}
