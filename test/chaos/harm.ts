import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@millrace/control-plane/simulation/random";
import type { ChaosStack, Member } from "./chaos-stack.ts";
import { findProcesses, listPids, sendSignal, type ProcessKind } from "./find-processes.ts";

/** What harm was done. */
export interface HarmRecord {
  /** How often, by what was done. */
  readonly counts: Map<string, number>;
  /** Processes that were killed. */
  readonly killed: Set<number>;
  /** How often a replica, an agent or the database was killed, or a process of it. */
  killedMembers: number;
  /** Runs whose worker, or a process of whose steps, was killed. */
  readonly killedRuns: Set<string>;
}

type Harm = (scene: Scene) => Promise<void>;

/** How often each harm is chosen, as a share of all. */
const HARMS: readonly (readonly [share: number, harm: Harm])[] = [
  [9, (scene) => killOne(scene, "run-worker")],
  [3, (scene) => killOne(scene, "step-process")],
  [2, (scene) => killOne(scene, "standby-worker")],
  [2, (scene) => killOne(scene, "code-server")],
  [3, (scene) => killMember(scene, "agent", scene.stack.agents)],
  [3, (scene) => killMember(scene, "replica", scene.stack.replicas)],
  [1, killDatabase],
  [2, killConnection],
  [2, (scene) => breakNetwork(scene, "cut")],
  [2, (scene) => breakNetwork(scene, "silence")],
  [4, freezeOne],
  [2, freezeMember],
  [1, killEverything],
];
/** Shorter than a lease: a worker that nobody can hear for longer is given up, and decision 4 says what follows. */
const LONGEST_SILENCE_MS = 12_000;
const LONGEST_ABSENCE_MS = 4_000;
/** Longer than the lease of a daemon's place, or of work that an agent has; workers go on without either. */
const LONG_FREEZE_MS = { from: 31_000, to: 45_000 };

interface Scene {
  readonly stack: ChaosStack;
  readonly random: Random;
  readonly record: HarmRecord;
  /** Aborted when all must be well again. */
  readonly signal: AbortSignal;
}

/**
 * Does harm until the signal is aborted, and then makes all well again. The random numbers alone decide what is done when; which
 * process is hit follows from which there are.
 */
export async function doHarm(
  stack: ChaosStack,
  random: Random,
  meanPauseMs: number,
  signal: AbortSignal,
): Promise<HarmRecord> {
  const record: HarmRecord = {
    counts: new Map(),
    killed: new Set(),
    killedMembers: 0,
    killedRuns: new Set(),
  };
  const scene = { stack, random, record, signal };
  const deck = HARMS.flatMap(([share, harm]) => Array.from({ length: share }, () => harm));
  const healing: Promise<void>[] = [];
  for (;;) {
    await pause(random.integer(0, 2 * meanPauseMs), signal);
    if (signal.aborted) break;
    // What takes its time to heal goes on beside the next one.
    healing.push(random.pick(deck)(scene));
  }
  await Promise.all(healing);
  for (const network of stack.networks) network.mend();
  for (const member of [...stack.replicas, ...stack.agents]) member.start();
  return record;
}

async function killOne(scene: Scene, kind: ProcessKind): Promise<void> {
  const place = scene.random.next();
  const victim = at(
    place,
    findProcesses(scene.stack.mark).filter((process) => process.kind === kind),
  );
  if (victim === undefined) return;
  note(scene, kind);
  killNoting(scene, victim);
}

function killNoting(
  { record }: Scene,
  { pid, runId }: { readonly pid: number; readonly runId: string | null },
): void {
  record.killed.add(pid);
  if (runId !== null) record.killedRuns.add(runId);
  sendSignal(pid, "SIGKILL");
}

async function killMember(scene: Scene, what: string, members: readonly Member[]): Promise<void> {
  const member = scene.random.pick(members);
  const awayMs = scene.random.integer(0, LONGEST_ABSENCE_MS);
  if (!member.isRunning) return;
  note(scene, what);
  scene.record.killedMembers++;
  await member.kill();
  await pause(awayMs, scene.signal);
  member.start();
}

/** Its keeper starts it again. */
async function killDatabase(scene: Scene): Promise<void> {
  note(scene, "database");
  scene.record.killedMembers++;
  sendSignal(scene.stack.database.pid(), "SIGKILL");
}

/** Kills the process of one connection: the database ends all of them, and recovers. */
async function killConnection(scene: Scene): Promise<void> {
  const backend = at(scene.random.next(), listBackends(scene.stack.database.pid()));
  if (backend === undefined) return;
  note(scene, "connection");
  scene.record.killedMembers++;
  sendSignal(backend, "SIGKILL");
}

async function breakNetwork(scene: Scene, how: "cut" | "silence"): Promise<void> {
  const network = scene.random.pick(scene.stack.networks);
  const forMs = scene.random.integer(200, LONGEST_SILENCE_MS);
  note(scene, how);
  network[how]();
  await pause(forMs, scene.signal);
  network.mend();
}

/** Stops a process where it stands, as when its machine is suspended, and lets it go on. */
async function freezeOne(scene: Scene): Promise<void> {
  const place = scene.random.next();
  const forMs = scene.random.integer(200, LONGEST_SILENCE_MS);
  const victim = at(place, listPids(scene.stack.mark));
  if (victim === undefined) return;
  note(scene, "freeze");
  sendSignal(victim, "SIGSTOP");
  await pause(forMs, scene.signal);
  sendSignal(victim, "SIGCONT");
}

/** Stops a replica or an agent for longer than its leases: another one takes over, and it comes back not knowing of it. */
async function freezeMember(scene: Scene): Promise<void> {
  const { stack, random, signal } = scene;
  const { pid } = random.pick([...stack.replicas, ...stack.agents]);
  const forMs = random.integer(LONG_FREEZE_MS.from, LONG_FREEZE_MS.to);
  if (pid === null) return;
  note(scene, "freeze for long");
  sendSignal(pid, "SIGSTOP");
  await pause(forMs, signal);
  sendSignal(pid, "SIGCONT");
}

/** As when the power of all machines fails at once. */
async function killEverything(scene: Scene): Promise<void> {
  const { stack, random, signal } = scene;
  const awayMs = random.integer(0, LONGEST_ABSENCE_MS);
  note(scene, "everything");
  scene.record.killedMembers += 1 + stack.replicas.length + stack.agents.length;
  sendSignal(stack.database.pid(), "SIGKILL");
  const members = [...stack.replicas, ...stack.agents];
  const gone = members.map((member) => member.kill());
  for (const process of findProcesses(stack.mark)) killNoting(scene, process);
  await Promise.all(gone);
  for (const pid of listPids(stack.mark)) killNoting(scene, { pid, runId: null });
  await pause(awayMs, signal);
  for (const member of members) member.start();
}

function note({ record: { counts } }: Scene, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** @param place from 0 to 1. */
function at<T>(place: number, list: readonly T[]): T | undefined {
  return list[Math.floor(place * list.length)];
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}

/** The processes of a database's connections. */
function listBackends(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .split(" ")
      .filter((word) => word !== "")
      .map(Number)
      .filter((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("millrace"));
  } catch {
    return []; // it is being started again
  }
}
