import type { SimulatedAgent } from "./agent.ts";
import type { Version } from "./deploy.ts";
import type { Network } from "./network.ts";
import type { Replica } from "./replica.ts";
import type { Task } from "./tasks.ts";
import type { Worker } from "./worker-handle.ts";

/** Who can be harmed. */
export interface Victims {
  readonly replicas: readonly Replica[];
  readonly agents: readonly SimulatedAgent[];
  readonly network: Network;
  /** The workers that run. */
  readonly listWorkers: () => readonly Worker[];
  /** Moves on the time at once, as when the database or all machines were stopped. */
  readonly stall: (milliseconds: number) => void;
  /** Serves another version of the code location. */
  readonly redeploy: (version: Version) => void;
}

/** Does harm until the task is killed: kills processes and starts them again, cuts cables, sets clocks. */
export async function doHarm(task: Task, victims: Victims, pauseMs: number): Promise<void> {
  for (;;) {
    await task.sleep(task.random.integer(1, pauseMs));
    await task.random.pick(HARMS)(task, victims);
  }
}

type Harm = (task: Task, victims: Victims) => Promise<void>;

const killReplica: Harm = async (task, { replicas }) => {
  const replica = task.random.pick(replicas);
  if (!replica.isAlive) return;
  replica.kill();
  await task.sleep(task.random.integer(10, 8_000));
  replica.start();
};

const killAgent: Harm = async (task, { agents }) => {
  const agent = task.random.pick(agents);
  if (!agent.isAlive) return;
  agent.kill();
  await task.sleep(task.random.integer(10, 20_000));
  agent.start();
};

/**
 * Kills an agent between the start of a worker and its word of it, for so long that the launch goes to another one: two workers claim
 * to be one attempt. The first one may be silent meanwhile.
 */
const killLaunchingAgent: Harm = async (task, { agents, network }) => {
  for (let looks = 0; looks < 100; looks++) {
    const agent = agents.find(({ isAlive, launching }) => isAlive && launching !== null);
    const worker = agent?.launching;
    await task.sleep(task.random.integer(1, 10));
    if (agent === undefined || worker === null || worker === undefined || agent.launching !== worker)
      continue;
    agent.kill();
    const isSilent = task.random.chance(0.5);
    if (isSilent) network.cutOff.add(worker.workerId);
    await task.sleep(task.random.integer(16_000, 30_000));
    network.cutOff.delete(worker.workerId);
    agent.start();
    return;
  }
};

const killWorker: Harm = async (task, { listWorkers }) => {
  const workers = listWorkers();
  if (workers.length > 0) task.random.pick(workers).kill();
};

/** Shorter and longer than a lease. */
const cutOff: Harm = async (task, { agents, network, listWorkers }) => {
  const names = [...agents.map(({ id }) => id), ...listWorkers().map(({ workerId }) => workerId)];
  const name = task.random.pick(names);
  network.cutOff.add(name);
  await task.sleep(task.random.integer(100, 30_000));
  network.cutOff.delete(name);
};

const setClock: Harm = async (task, { replicas }) => {
  task.random.pick(replicas).clockOffsetMs = task.random.integer(-7_200_000, 7_200_000);
};

const stall: Harm = async (task, victims) => victims.stall(task.random.integer(100, 20_000));

/** For so long that ticks are missed. */
const sleepLong: Harm = async (task, victims) => victims.stall(task.random.integer(60_000, 300_000));

const redeploy: Harm = async (task, victims) => victims.redeploy(task.random.pick(["first", "second"]));

const HARMS: readonly Harm[] = [
  killReplica,
  killAgent,
  killLaunchingAgent,
  killWorker,
  killWorker,
  cutOff,
  cutOff,
  setClock,
  stall,
  sleepLong,
  redeploy,
];
