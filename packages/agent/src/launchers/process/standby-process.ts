import { join } from "node:path";
import { findNoRoom } from "@millrace/model/errors/no-room-left";
import { ExpectedError } from "@millrace/model/expected-error";
import { writeWorkerId } from "@millrace/protocol/journal/worker-files";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import { isSameQuarterHour } from "@millrace/model/time/quarter-hour";
import { isUnchanged, parseFileStates, stateOf } from "@millrace/protocol/homes/file-state";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { textField, parseFields } from "../../home/state-file.ts";
import { killGroup } from "../../home/process-identity.ts";
import {
  LaunchFailed,
  type IntroducedWorker,
  type WorkerHandle,
  type StandbyWorker,
  type WorkerLaunch,
  type WorkerSpec,
} from "../launcher.ts";
import { writeOutputPlace } from "@millrace/protocol/journal/output-place";
import type { ProcessHost } from "./process-host.ts";
import { lendCourier } from "./lend-courier.ts";
import { createRunWorker, type WorkerRecord } from "./run-worker-process.ts";
import { endOrKill, spawnForLocation, type SpawnedProcess } from "./spawn-process.ts";
import {
  createWorkerDirectory,
  removeWorkerDirectory,
  writeSpec,
  writeWorkerState,
} from "../files/worker-directory.ts";
import { endedBefore } from "../launch-failures.ts";

/** Accepting a run is one message back; a worker that takes longer than this hangs. */
const ACCEPT_TIMEOUT_MS = 30_000;
const DISCARD_GRACE_MS = 5_000;

/** Starts a run worker as a process that loads the bundle and then waits for its run. See `Launcher.startStandby`. */
export function startStandbyProcess(host: ProcessHost, launch: WorkerLaunch): StandbyWorker {
  let directory: string | null = null;
  try {
    directory = createWorkerDirectory(host.workersFolder, host.ids);
    host.workers.set(directory, null);
    if (host.outputPlace !== undefined) writeOutputPlace(directory, host.outputPlace);
    return createStandby(host, directory, spawnWorker(host, launch, directory));
  } catch (error) {
    if (directory !== null) forget(host, directory);
    return neverStarted(error, host.workersFolder);
  }
}

function spawnWorker(host: ProcessHost, launch: WorkerLaunch, directory: string): SpawnedProcess {
  const bundle = textField(parseFields(launch.code), "bundle");
  const words = [
    ...host.command,
    "api",
    "execute-run",
    "--standby",
    `--bundle=${bundle}`,
    `--worker-directory=${directory}`,
    `--agent-api-url=${launch.agentApiUrl}`,
    ...(host.debugging === undefined ? [] : [`--debugging=${host.debugging}`]),
  ];
  const output = { stdout: join(directory, "stdout"), stderr: join(directory, "stderr") };
  return spawnForLocation(host, launch.document, words, output);
}

function createStandby(host: ProcessHost, directory: string, spawned: SpawnedProcess): StandbyWorker {
  const { identity, child, ended } = spawned;
  const startedAt = host.clock.now();
  let madeOf = host.environmentFiles.map(stateOf);
  let introduced: IntroducedWorker | null = null;
  const ready = untilSaid(spawned, "standing-by").then(({ reads, worker }) => {
    madeOf = [...madeOf, ...parseFileStates(reads)];
    if (worker !== undefined) introduced = parseIntroduced(worker);
  });
  let discarding: Promise<void> | null = null;
  let assigned = false;

  async function discard(): Promise<void> {
    if (child.connected) child.disconnect();
    await endOrKill(host.clock, identity, ended, DISCARD_GRACE_MS);
    forget(host, directory);
  }

  /** Ends a worker that could not get its run. */
  async function refuse(cause: unknown): Promise<never> {
    killGroup(identity);
    await ended;
    forget(host, directory);
    if (cause instanceof LaunchFailed) throw cause;
    const reason = findNoRoom(directory, cause) ?? messageOf(cause);
    throw new LaunchFailed(`The run could not be handed to its worker: ${reason}`, { cause });
  }

  ready.catch(() => {}); // Whoever takes the worker sees it; one that nobody takes fails alone.
  void ended.then(() => {
    if (!assigned) forget(host, directory);
  });
  return {
    place: `process ${identity.pid}`,
    ready,
    ended,
    findIdentity: () => introduced,
    async assign(spec, isStarted = false) {
      assigned = true;
      const record: WorkerRecord = { process: identity };
      const state = { runId: spec.runId, attempt: spec.attempt, record };
      const worker = introduced;
      const whole = { ...spec, workerDirectory: directory, storageDirectory: host.storageDirectory };
      try {
        // On disk before the worker hears of it: whatever dies next, the next agent knows whose run this is.
        writeSpec(directory, whole);
        writeWorkerState(directory, { ...state, accepted: false });
        if (worker !== null) writeWorkerId(directory, worker.workerId);
      } catch (cause) {
        return refuse(cause);
      }
      try {
        await handOver(host, spawned, { ...whole, isStarted }, worker);
        noteAccepted(host, directory, state);
      } catch (cause) {
        if (worker === null) return refuse(cause);
        // The attempt may have begun in the worker's name: that it ended is told like the end of any other.
        killGroup(identity);
      }
      return createRunWorker(host, state, identity, ended, directory);
    },
    isCurrent: () => isSameQuarterHour(startedAt, host.clock.now()) && madeOf.every(isUnchanged),
    discard: () => (discarding ??= discard()),
  };
}

/**
 * Hands the worker its run. From its word on it can go on without the agent, but as long as the agent is there, a short run has the
 * agent's courier, which asks whether the attempt may begin while the worker reads its spec. A worker that does not introduce
 * itself, as those of earlier versions, has its own.
 */
async function handOver(
  host: ProcessHost,
  spawned: SpawnedProcess,
  { isStarted, ...spec }: WorkerSpec & { readonly workerDirectory: string; readonly isStarted: boolean },
  worker: IntroducedWorker | null,
): Promise<void> {
  const { child, identity } = spawned;
  const { agentId, startedFor: insteadOf } = spec;
  const accepted = untilSaid(spawned, "accepted");
  if (worker !== null) {
    // First: the answer takes longer than the worker does with its spec. What needs no answer is told behind the spec.
    const asking = { ...worker, agentId, ...(insteadOf === undefined ? {} : { insteadOf }) };
    lendCourier(host, child, { ...spec, isStarted, worker: asking });
  }
  child.send({ type: "execute", spec, lendsCourier: worker !== null }, () => {}); // A closed channel shows as the end of the process.
  if ((await within(host.clock, ACCEPT_TIMEOUT_MS, accepted)) === TOO_LATE) killGroup(identity);
  await accepted;
  if (worker === null && child.connected) child.disconnect();
}

function parseIntroduced(worker: unknown): IntroducedWorker {
  const fields = parseFields(worker);
  return {
    workerId: textField(fields, "workerId"),
    place: textField(fields, "place"),
    codeDigest: textField(fields, "codeDigest"),
  };
}

/** The worker has its run and goes on; that it said so only spares the next agent a question. */
function noteAccepted(
  host: ProcessHost,
  directory: string,
  state: { runId: string; attempt: number; record: WorkerRecord },
): void {
  try {
    writeWorkerState(directory, { ...state, accepted: true });
  } catch (error) {
    host.logger.warn({ directory, err: error }, "a worker's state can't be written");
  }
}

function forget(host: ProcessHost, directory: string): void {
  host.workers.delete(directory);
  removeWorkerDirectory(directory);
}

/** A worker that ended before it was one: the machine has no room, or the folder is not there. */
function neverStarted(thrown: unknown, workersFolder: string): StandbyWorker {
  const reason = findNoRoom(workersFolder, thrown) ?? messageOf(thrown);
  const cause =
    thrown instanceof ExpectedError
      ? thrown
      : new LaunchFailed(`The run worker could not be started: ${reason}`, { cause: thrown });
  const ready = Promise.reject<void>(cause);
  ready.catch(() => {}); // Whoever takes the worker sees it.
  const end: WorkerEnd = {
    how: "never_started",
    exitCode: null,
    detail: cause.message,
    lastOutput: null,
  };
  return {
    place: "nowhere",
    ready,
    ended: Promise.resolve(end),
    findIdentity: () => null,
    assign: () => Promise.reject<WorkerHandle>(cause),
    isCurrent: () => true,
    discard: () => Promise.resolve(),
  };
}

/** Waits for the worker's message of this type. Rejects with LaunchFailed when it ends without. */
async function untilSaid(
  { child, ended }: SpawnedProcess,
  type: string,
): Promise<Readonly<Record<string, unknown>>> {
  const outcome = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  const onMessage = (message: unknown) => {
    if (typeof message === "object" && message !== null && "type" in message && message.type === type)
      outcome.resolve(parseFields(message));
  };
  child.on("message", onMessage);
  void ended.then((end) => outcome.reject(endedBefore("The run worker", end, `it said "${type}"`)));
  try {
    return await outcome.promise;
  } finally {
    child.off("message", onMessage);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
