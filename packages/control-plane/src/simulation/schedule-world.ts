import { sql } from "kysely";
import type { EvaluateScheduleWork } from "@millrace/model/runs/work-item";
import { createWorkEffects } from "../all-work-effects.ts";
import { UnknownDefinition } from "../api/unknown-definition.ts";
import type { ServerContext } from "../context/server-context.ts";
import { tickOnce } from "../daemons/tick-once.ts";
import { scheduleDaemon } from "../schedules/schedule-daemon.ts";
import { SIMULATION_START_MS, type SimulatedDatabase } from "../testing/simulated-database.ts";
import { createTestContext } from "../testing/test-context.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import type { SwitchedTo } from "../ticks/plan-instigators.ts";
import { switchInstigator } from "../ticks/switch-instigator.ts";
import { syncInstigators } from "../ticks/sync-instigators.ts";
import { completeWorks } from "../work/complete-works.ts";
import { reapWork } from "../work/reap-work.ts";
import { claimWork } from "../work/work-store.ts";
import { deployVersion, prepareVersion } from "./deploy.ts";
import { emptyDatabase } from "./empty-database.ts";
import { createRandom, type Random } from "./random.ts";
import { noteRuleChanges } from "./schedule-invariants.ts";
import { answerSchedule, writeVersions } from "./simulated-schedules.ts";
import { InvariantBroken } from "./stored-history.ts";
import { createTasks, type Task } from "./tasks.ts";
import { createTrace, type Trace } from "./trace.ts";
import { createTurns } from "./turns.ts";

/** Replicas that are there at most. */
export const REPLICAS = 3;
/** Versions that the code location can serve. */
const VERSIONS = 4;
const AGENT = { deploymentId: TEST_DEPLOYMENT, agentId: "agent-1" };
/** How often a statement takes its time. */
const SLOW = 0.2;

/** Control planes and an agent that do nothing but tick schedules. What was started happens in `settle`. */
export interface ScheduleWorld {
  readonly trace: Trace;
  /** The database's clock, in milliseconds since the epoch; it may be set back. */
  now: number;
  /** Milliseconds by which the clock of each replica's machine is wrong. */
  readonly clockOffsets: number[];
  /** The names of the schedules that the first version defines. */
  readonly names: readonly string[];
  /** Lets a replica decide what is due. */
  tick(replica: number): void;
  /** Lets a replica look for work that was lost. */
  reap(replica: number): void;
  switchTo(name: string, to: SwitchedTo | null): void;
  /** Serves another version, which all replicas notice. */
  deploy(version: number): void;
  /** The agent takes what was left for it, if anything was. */
  claim(): void;
  /** The agent tells a replica what became of what it has taken, until it hears that it was heard. */
  tell(times: number): void;
  /**
   * Lets all that was started come to its end, one statement at a time.
   *
   * @param crashAfter statements after which one of those at work dies; null: nobody does.
   * @returns whether one died.
   * @throws InvariantBroken
   */
  settle(crashAfter: number | null): Promise<boolean>;
  /** When there is something to decide, in milliseconds since the epoch. */
  findNextDue(): Promise<number>;
  /** Whether no tick is evaluated. */
  isIdle(): Promise<boolean>;
  /** Kills everything. */
  end(): Promise<void>;
}

/** Makes the database one of a world of schedules that begin to tick. Only one world at a time may have it. */
export async function createScheduleWorld(
  database: SimulatedDatabase,
  seed: number,
  schedules: number,
): Promise<ScheduleWorld> {
  const { db } = database;
  const random = createRandom(seed, "order");
  const { names, versions } = await prepareDatabase(database, createRandom(seed, "schedules"), schedules);
  const nobodySleeps = (): Promise<void> => Promise.reject(new Error("Nobody sleeps here"));
  const timeline = { now: () => world.now, sleep: nobodySleeps, next: () => null, moveTo: () => {} };
  const tasks = createTasks(seed, timeline);
  const trace = createTrace();
  const turns = createTurns(database.connections, tasks, timeline, (task, text, outcome) => {
    const at = new Date(world.now).toISOString();
    trace.add(`${at} ${task}: ${outcome} ${text.slice(0, 300).replace(/\s+/g, " ").trim().slice(0, 120)}`);
  });
  const bugs: string[] = [];
  let alive: AbortController[] = [];
  let started = 0;
  let hasWork = false;
  /** What the agent has to tell still, by the ids of the items. */
  const answers = new Map<string, object>();

  function start(
    what: string,
    replica: number,
    work: (context: ServerContext, task: Task) => Promise<unknown>,
  ): void {
    const life = new AbortController();
    alive.push(life);
    const { done } = tasks.spawn(
      `r${replica} ${what} ${started++}`,
      (task) => work(createTestContext(turns.open(task), { clock: task.clock, ids: task.ids }), task),
      { signal: life.signal, clockOffset: () => world.clockOffsets[replica] ?? 0 },
    );
    done.catch((error: unknown) => {
      if (!life.signal.aborted) bugs.push(`${what}: ${error instanceof Error ? error.stack : String(error)}`);
    });
  }

  const world: ScheduleWorld = {
    trace,
    now: SIMULATION_START_MS,
    clockOffsets: Array.from({ length: REPLICAS }, () => 0),
    names,
    tick(replica) {
      start("tick", replica, async (context) => {
        const duty = { daemon: scheduleDaemon, deploymentId: TEST_DEPLOYMENT };
        const { error } = await tickOnce(duty, context, `r${replica}`);
        if (error !== null) throw error;
      });
    },
    reap(replica) {
      start("reap", replica, (context) => reapWork(context.db, createWorkEffects(context), TEST_DEPLOYMENT));
    },
    switchTo(name, to) {
      const selector = {
        deploymentId: TEST_DEPLOYMENT,
        locationName: "shop",
        kind: "schedule",
        name,
      } as const;
      start("switch", 0, ({ db }) =>
        switchInstigator(db, selector, to).catch((error: unknown) => {
          // The version that serves just now does not define it.
          if (!(error instanceof UnknownDefinition)) throw error;
        }),
      );
    },
    deploy(version) {
      start("deploy", 0, ({ db }) => deployVersion(db, versions[version % VERSIONS] ?? ""));
      for (let replica = 0; replica < REPLICAS; replica++)
        start("sync", replica, ({ db }) => syncInstigators(db, TEST_DEPLOYMENT));
    },
    claim() {
      if (!hasWork) return;
      hasWork = false;
      start("claim", 0, async ({ db }, task) => {
        const items = await claimWork(db, { ...AGENT, queues: ["default"], max: 1_000 });
        for (const { id, payload } of items)
          answers.set(id, answerSchedule(task.random, payload as EvaluateScheduleWork));
      });
    },
    tell(times) {
      const results = [...answers].map(([id, result]) => ({ id, result }));
      for (let replica = 0; replica < (results.length === 0 ? 0 : times); replica++)
        start("complete", replica, async (context) => {
          await completeWorks(context.db, createWorkEffects(context), AGENT, results);
          for (const { id } of results) answers.delete(id);
        });
    },
    async settle(crashAfter) {
      for (let statements = 0; ; statements++) {
        await tasks.untilIdle();
        await turns.dropKilled();
        if (bugs.length > 0) throw new InvariantBroken(bugs.join("\n"));
        if (tasks.list().length === 0) break;
        if (turns.waiting === 0)
          throw new InvariantBroken(`Each waits for another's lock:\n${turns.listBlocked().join("\n")}`);
        if (random.chance(SLOW)) world.now += random.integer(1, 20);
        if (statements === crashAfter) random.pick(alive).abort();
        else await turns.grant(random);
      }
      const hasCrashed = alive.some(({ signal }) => signal.aborted);
      alive = [];
      // An item that was lost may be there again.
      hasWork = turns.takeHints().some((topic) => topic.includes("/work:")) || hasWork;
      return hasCrashed;
    },
    async findNextDue() {
      const { rows } = await sql<{ due: number | null }>`
        select extract(epoch from min(next_due))::float8 * 1000 as due from instigator where tick_in_flight is null`.execute(
        db,
      );
      return rows[0]?.due ?? Infinity;
    },
    async isIdle() {
      const { rows } = await sql`select from instigator where tick_in_flight is not null limit 1`.execute(db);
      return rows.length === 0;
    },
    async end() {
      for (const life of alive) life.abort();
      while (tasks.list().length > 0) {
        await tasks.untilIdle();
        await turns.dropKilled();
      }
    },
  };
  return world;
}

async function prepareDatabase(
  { db, setTime }: SimulatedDatabase,
  random: Random,
  schedules: number,
): Promise<{ readonly names: readonly string[]; readonly versions: readonly string[] }> {
  await emptyDatabase(db);
  await setTime(SIMULATION_START_MS);
  await noteRuleChanges(db);
  const definitions = writeVersions(random, schedules, VERSIONS);
  const versions: string[] = [];
  for (const each of definitions) versions.push(await prepareVersion(db, each));
  await syncInstigators(db, TEST_DEPLOYMENT);
  const names = (definitions[0]?.schedules ?? []).map(({ name = "" }) => name);
  return { names, versions };
}
