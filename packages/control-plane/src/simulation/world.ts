import { createAgentToken } from "../agents/agent-token-store.ts";
import { updateDeploymentSettings } from "../deployments/deployment-store.ts";
import { parseSettingsInput } from "../deployments/settings.ts";
import { SIMULATION_START_MS, type SimulatedDatabase } from "../testing/simulated-database.ts";
import { syncInstigators } from "../ticks/sync-instigators.ts";
import { createMemoryLogStorage } from "../testing/memory-log-storage.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { createAgent, type SimulatedAgent } from "./agent.ts";
import { setPoolLimit } from "../pools/pool-store.ts";
import { deploy, prepareVersions, type Version, type VersionIds } from "./deploy.ts";
import { emptyDatabase } from "./empty-database.ts";
import { SIMULATED_POOL } from "./simulated-pool.ts";
import { beginAutomation } from "./automation-invariants.ts";
import { checkAlways, type Knowledge } from "./invariants.ts";
import { InvariantBroken } from "./stored-history.ts";
import { createNetwork } from "./network.ts";
import { createIds, createRandom } from "./random.ts";
import { createReplica, type Replica } from "./replica.ts";
import type { Surroundings } from "./surroundings.ts";
import { createTasks } from "./tasks.ts";
import { createTimeline } from "./timeline.ts";
import { createTrace, type Trace } from "./trace.ts";
import { createTurns } from "./turns.ts";
import type { Worker } from "./worker-handle.ts";
import { chooseShape, type WorldShape } from "./world-shape.ts";

/** Control planes, agents and workers on a simulated database. Nothing happens but by `step`. */
export interface World extends Surroundings {
  readonly trace: Trace;
  readonly replicas: readonly Replica[];
  readonly agents: readonly SimulatedAgent[];
  /** All that were ever started. */
  readonly workers: readonly Worker[];
  readonly knowledge: Knowledge;
  /** Lets one statement have its turn, or one sleeper wake. @throws InvariantBroken */
  step(): Promise<void>;
  /** Has the code location serve another version from the next moment on. */
  readonly deploy: (version: Version) => void;
  /** Kills everything. */
  end(): Promise<void>;
}

/** Statements between two looks at what must always hold. */
const CHECK_EVERY = 15;
/** How often a hint reaches a replica; it is not told of a lost one. */
const HINT_ARRIVES = 0.9;
/** When it begins: a little before a minute is full, at which schedules tick. */
export const WORLD_START_MS = SIMULATION_START_MS + 56_000;

/** Makes a world of which the seed decides how large it is and what happens in it. Only one at a time may have the database. */
export async function createWorld(database: SimulatedDatabase, seed: number): Promise<World> {
  const { db } = database;
  const random = createRandom(seed, "world");
  const shape = chooseShape(random);
  const { isTicking } = shape;
  const { token, versions } = await prepareDatabase(database, shape);
  const timeline = createTimeline(WORLD_START_MS);
  const tasks = createTasks(seed, timeline);
  const trace = createTrace();
  const turns = createTurns(database.connections, tasks, timeline, (task, text, outcome) => {
    const at = ((timeline.now() - WORLD_START_MS) / 1_000).toFixed(3);
    trace.add(`${at} ${task}: ${outcome} ${text.slice(0, 300).replace(/\s+/g, " ").trim().slice(0, 120)}`);
  });
  const bugs: string[] = [];
  const onBug = (what: string): unknown => bugs.push(what);
  const logs = createMemoryLogStorage();
  const replicas = makeEach(shape.replicas, (index) =>
    createReplica(`r${index}`, { tasks, turns, logs, onBug, idleDaemons: shape.idleDaemons }),
  );
  const begun = new Map<string, Worker>();
  const workers: Worker[] = [];
  const surroundings: Surroundings = {
    tasks,
    timeline,
    network: createNetwork(replicas),
    random,
    token,
    onBug,
    onStarted: (worker) => workers.push(worker),
    onBegun(worker) {
      const key = `${worker.runId}.${worker.attempt}`;
      if (begun.has(key)) onBug(`Two workers were let in as attempt ${key}`);
      begun.set(key, worker);
    },
  };
  const agents = makeEach(shape.agents, (index) => createAgent(surroundings, `a${index}`));
  const launched = new Map<string, string>();
  const backfills = new Set<string>();
  const knowledge: Knowledge = {
    shape,
    logs,
    workers,
    begun,
    launched,
    onLaunched: (runId, key) => launched.set(key, runId),
    ticksFrom: WORLD_START_MS,
    backfills,
    onBackfill: (id) => backfills.add(id),
  };
  /** Tells the replicas what has changed. */
  async function tell(): Promise<void> {
    const hints = turns.takeHints();
    if (hints.length === 0) return;
    for (const topic of hints) {
      for (const replica of replicas) if (random.chance(HINT_ARRIVES)) replica.wake(topic);
    }
    await tasks.untilIdle();
  }

  let deploys = 0;
  return {
    ...surroundings,
    trace,
    replicas,
    agents,
    workers,
    knowledge,
    async step() {
      await tasks.untilIdle();
      await turns.dropKilled();
      if (bugs.length > 0) throw new InvariantBroken(bugs.join("\n"));
      const next = timeline.next();
      if (turns.waiting > 0) {
        // A statement takes its time; now and then somebody else is quicker.
        const isSlow = random.chance(0.2);
        if (isSlow)
          return timeline.moveTo(Math.min(next ?? Infinity, timeline.now() + random.integer(1, 20)));
        await tell();
        await turns.grant(random);
        if (trace.statements % CHECK_EVERY === 0) await checkAlways(db, knowledge, timeline.now());
        return;
      }
      const blocked = turns.listBlocked();
      if (blocked.length > 0)
        throw new InvariantBroken(`Each waits for another's lock:\n${blocked.join("\n")}`);
      if (next === null)
        throw new InvariantBroken(`Nobody does anything any more: ${tasks.list().join(", ")}`);
      timeline.moveTo(next);
    },
    deploy(wanted) {
      const version = isTicking ? wanted : "tickless";
      const { done } = tasks.spawn(`deploy ${deploys++}`, (task) =>
        deploy(turns.open(task), versions, version),
      );
      done.catch((error: unknown) => onBug(`deploy: ${String(error)}`));
    },
    async end() {
      for (const process of [...replicas, ...agents, ...workers]) process.kill();
      while (tasks.list().length > 0) {
        await tasks.untilIdle();
        await turns.dropKilled();
      }
    },
  };
}

/** Makes each simulation begin with the same database. Returns the token of its agents, and what the location can serve. */
async function prepareDatabase(
  database: SimulatedDatabase,
  { maxConcurrentRuns, maxOfCustomer, isTicking, isAutomated }: WorldShape,
): Promise<{ readonly token: string; readonly versions: VersionIds }> {
  const { db } = database;
  await emptyDatabase(db);
  await database.setTime(WORLD_START_MS);
  const versions = await prepareVersions(db);
  if (!isTicking) await deploy(db, versions, "tickless");
  await syncInstigators(db, TEST_DEPLOYMENT);
  await setPoolLimit(db, TEST_DEPLOYMENT, SIMULATED_POOL.name, SIMULATED_POOL.limit);
  const settings = parseSettingsInput({
    max_concurrent_runs: maxConcurrentRuns,
    tag_concurrency_limits:
      maxOfCustomer === null ? [] : [{ key: "customer", per_unique_value: true, limit: maxOfCustomer }],
  });
  await updateDeploymentSettings(db, TEST_DEPLOYMENT, settings);
  if (isAutomated) await beginAutomation(db);
  const { token } = await createAgentToken({ db, ids: createIds(0, "agents") }, TEST_DEPLOYMENT, "agents");
  return { token, versions };
}

function makeEach<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
