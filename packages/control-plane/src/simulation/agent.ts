import {
  AppendEventsDocument,
  ClaimWorkDocument,
  CompleteWorkDocument,
  ExtendLeasesDocument,
  FailWorkDocument,
  HeartbeatDocument,
  PutLogChunkDocument,
  RegisterAgentDocument,
  ReportWorkerExitDocument,
  type ClaimWorkMutation,
  type WorkerOffer,
} from "@millrace/protocol/agent-api.gen";
import {
  agentQueue,
  type EvaluateScheduleWork,
  type EvaluateSensorWork,
} from "@millrace/model/runs/work-item";
import { within } from "@millrace/model/waiting/within";
import { codeDigestOf } from "../testing/test-runs.ts";
import { evaluateTick } from "./evaluate-tick.ts";
import { agentRequest, NoAnswer, Refused } from "./network.ts";
import type { Surroundings } from "./surroundings.ts";
import { TaskKilled, type Task } from "./tasks.ts";
import type { Worker, WorkerSpec } from "./worker-handle.ts";
import { startWorker } from "./worker.ts";

/** A process that does the control plane's work. Its workers and what it knows of them outlive it. */
export interface SimulatedAgent {
  readonly id: string;
  readonly isAlive: boolean;
  start(): void;
  kill(): void;
  /** Whether it has workers that run, or whose end is not told yet. */
  readonly isBusy: boolean;
  /** A worker that it has started, of whose launch the control plane does not know yet; null: there is none. */
  readonly launching: Worker | null;
}

const HEARTBEAT_MS = 5_000;
const EXTEND_MS = 5_000;
const HOLD_MS = 25_000;
/** Between two claims that say what stands by now, beside the one that is held; at most. */
const OFFER_MS = 6_000;

/** Workers that stand by at an agent, at most. */
const STANDBYS = 2;
/** Versions of the code location that agents have loaded; not all are served. */
const REVISIONS = 3;

type Item = ClaimWorkMutation["claimWork"][number];
type RunWork = { readonly kind: "launch_run" | "terminate_run"; readonly graceSeconds?: number } & WorkerSpec;

export function createAgent(world: Surroundings, id: string): SimulatedAgent {
  const { tasks, network, token } = world;
  /** By run and attempt; on disk. */
  const workers = new Map<string, Worker>();
  let life = new AbortController();
  let lives = 0;
  let started = 0;
  let launching: Worker | null = null;
  /** Those that wait for a run. They die with the agent. */
  let standbys: WorkerOffer[] = [];

  /** Starts workers until there are enough of them; one of an older version may be among them, and now and then one dies. */
  function standBy(task: Task): readonly WorkerOffer[] {
    if (task.random.chance(0.1)) standbys.pop();
    while (standbys.length < task.random.integer(0, STANDBYS)) {
      const workerId = `${id}-w${started++}`;
      const revision = task.random.chance(0.8) ? REVISIONS : task.random.integer(1, REVISIONS);
      const code = { locationName: "shop", revision, codeDigest: codeDigestOf(revision) };
      standbys.push({ ...code, workerId, place: `1@${workerId}` });
    }
    return standbys;
  }

  /** Gives a run to the worker for which it began, if that one still stands by, else to another one, which must ask. */
  function launch(item: Item, work: RunWork): Worker {
    const offered = standbys.find(({ workerId }) => workerId === work.startedFor);
    const workerId = (offered ?? standbys[0])?.workerId ?? `${id}-w${started++}`;
    standbys = standbys.filter((standby) => standby.workerId !== workerId);
    return startWorker(world, id, workerId, work, item.isStarted && offered !== undefined);
  }

  function spawn(what: string, work: (task: Task) => Promise<void>): void {
    const { signal } = life;
    tasks.spawn(`${id}.${lives} ${what}`, work, { signal }).done.catch((error: unknown) => {
      if (!signal.aborted && !(error instanceof TaskKilled)) world.onBug(`${id} ${what}: ${String(error)}`);
    });
  }

  /** As the real one: it says hello until it is heard, then all its loops begin. */
  async function live(task: Task): Promise<void> {
    const input = { agentId: id, name: id, kind: "process", version: "1", hostname: id, queues: ["default"] };
    await network.sendUntilAnswered(task, id, agentRequest(token, RegisterAgentDocument, { input }));
    spawn("claims", claim);
    for (;;) {
      await task.sleep(HEARTBEAT_MS);
      const report = { agentId: id, codeServers: [], runWorkers: [], errors: [] };
      await network
        .send(task, id, agentRequest(token, HeartbeatDocument, { input: report }))
        .catch(asNothing);
    }
  }

  async function claim(task: Task): Promise<void> {
    const underWay = new Set<string>();
    spawn("leases", (keeper) => extendLeases(keeper, underWay));
    spawn("offers", async (teller) => {
      for (;;) {
        await teller.sleep(teller.random.integer(100, OFFER_MS));
        await askForWork(teller, underWay);
      }
    });
    for (;;) {
      const isAnswered = await askForWork(task, underWay);
      if (!isAnswered) await task.sleep(task.random.integer(100, 1_000));
    }
  }

  /** Asks for work, and offers what stands by just now. False: there was no answer. */
  async function askForWork(task: Task, underWay: Set<string>): Promise<boolean> {
    const queues = ["default", agentQueue(id)];
    const variables = { agentId: id, queues, max: 20, offers: [...standBy(task)], waitMs: HOLD_MS };
    const answer = await network
      .send(task, id, agentRequest(token, ClaimWorkDocument, variables))
      .catch(asNothing);
    for (const item of (answer as ClaimWorkMutation | null)?.claimWork ?? []) {
      underWay.add(item.id);
      spawn(`item ${item.id}.${item.deliveries}`, async (doer) => {
        await doItem(doer, item);
        underWay.delete(item.id);
      });
    }
    return answer !== null;
  }

  async function extendLeases(task: Task, underWay: ReadonlySet<string>): Promise<void> {
    for (;;) {
      await task.sleep(EXTEND_MS);
      if (underWay.size === 0) continue;
      const request = agentRequest(token, ExtendLeasesDocument, {
        agentId: id,
        itemIds: [...underWay].sort(),
      });
      await network.send(task, id, request).catch(asNothing);
    }
  }

  async function doItem(task: Task, item: Item): Promise<void> {
    const work = item.payload as RunWork | EvaluateScheduleWork | EvaluateSensorWork;
    // Most workers stand by; one that does not may take longer than a lease that nobody extends.
    await task.sleep(task.random.chance(0.85) ? task.random.integer(1, 100) : task.random.integer(1, 20_000));
    if (work.kind === "evaluate_schedule" || work.kind === "evaluate_sensor")
      return tellEvaluation(task, item.id, work);
    const key = `${work.runId}.${work.attempt}`;
    if (work.kind === "launch_run" && !workers.has(key)) {
      const worker = launch(item, work);
      workers.set(key, worker);
      world.onStarted(worker);
      lookAfter(key, worker);
      launching = worker;
    } else if (work.kind === "terminate_run") {
      await terminate(task, workers.get(key), (work.graceSeconds ?? 30) * 1_000);
    }
    const request = agentRequest(token, CompleteWorkDocument, { agentId: id, itemId: item.id, result: {} });
    await network.sendUntilAnswered(task, id, request);
    launching = null;
  }

  async function tellEvaluation(
    task: Task,
    itemId: string,
    work: EvaluateScheduleWork | EvaluateSensorWork,
  ): Promise<void> {
    const evaluation = evaluateTick(task.random, work);
    const request = evaluation.ok
      ? agentRequest(token, CompleteWorkDocument, { agentId: id, itemId, result: evaluation.result })
      : agentRequest(token, FailWorkDocument, { ...evaluation, agentId: id, itemId });
    await network.sendUntilAnswered(task, id, request);
  }

  async function terminate(task: Task, worker: Worker | undefined, graceMs: number): Promise<void> {
    if (worker === undefined) return;
    worker.interrupt();
    await task.wait(within(task.clock, graceMs, worker.ended, task.signal).catch(() => {}));
    worker.kill();
  }

  /** Once a worker has ended, delivers what it could not, and tells of its end. */
  function lookAfter(key: string, worker: Worker): void {
    spawn(`settle ${worker.workerId}`, async (task) => {
      const { runId, attempt, workerId, runToken, journal } = worker;
      const end = await task.wait(worker.ended);
      const said = { firstSequence: 0, events: [...journal] };
      const printed = { stream: "stdout", offset: 0, bytes: Buffer.from(worker.output).toString("base64") };
      const remainder = [
        ...(journal.length > 0
          ? [agentRequest(runToken, AppendEventsDocument, { runId, attempt, workerId, ...said })]
          : []),
        ...(printed.bytes !== ""
          ? [agentRequest(runToken, PutLogChunkDocument, { runId, attempt, workerId, ...printed })]
          : []),
      ];
      await task.sleep(task.random.integer(1, 500));
      for (const request of remainder) await network.sendUntilAnswered(task, id, request).catch(asRefused);
      const input = { agentId: id, runId, attempt, workerId, ...end, lastOutput: null };
      await network.sendUntilAnswered(task, id, agentRequest(token, ReportWorkerExitDocument, { input }));
      workers.delete(key);
    });
  }

  return {
    id,
    get isAlive() {
      return lives > 0 && !life.signal.aborted;
    },
    get isBusy() {
      return workers.size > 0;
    },
    get launching() {
      return launching;
    },
    start() {
      life = new AbortController();
      lives++;
      launching = null;
      standbys = [];
      spawn("heartbeats", live);
      for (const [key, worker] of workers) lookAfter(key, worker);
    },
    kill: () => life.abort(),
  };
}

function asNothing(error: unknown): null {
  if (error instanceof NoAnswer) return null;
  throw error;
}

function asRefused(error: unknown): null {
  if (error instanceof Refused) return null;
  throw error;
}
