import { parseFields } from "../../home/state-file.ts";
import { join } from "node:path";
import { readTail } from "../../home/read-tail.ts";
import {
  LaunchFailed,
  describeExit,
  type ProcessExit,
  type RunWorker,
  type StandbyWorker,
  type WorkerLaunch,
} from "../launcher.ts";
import {
  isRunning,
  killGroup,
  parseProcessIdentity,
  signalProcess,
  type ProcessIdentity,
} from "../../home/process-identity.ts";
import type { ProcessHost } from "./process-host.ts";
import { endOrKill, spawnForLocation, untilAdoptedEnded, type SpawnedProcess } from "./spawn-process.ts";

/** Accepting a run is one message back; a worker that takes longer than this hangs. */
const ACCEPT_TIMEOUT_MS = 30_000;
const DISCARD_GRACE_MS = 5_000;

/** What is kept about a worker, so that the next agent finds it. */
interface WorkerRecord {
  readonly process: ProcessIdentity;
}

/** Starts a run worker as a process that loads the bundle and then waits for its run. See `Launcher.startWorker`. */
export function startWorkerProcess(
  { command, clock, released }: ProcessHost,
  launch: WorkerLaunch,
): StandbyWorker {
  const stderr = join(launch.directory, "stderr");
  const spawned = spawnForLocation(
    launch.document,
    [
      ...command,
      "api",
      "execute-run",
      "--standby",
      `--bundle=${launch.bundle}`,
      `--worker-directory=${launch.directory}`,
      `--agent-api-url=${launch.agentApiUrl}`,
    ],
    { stdout: join(launch.directory, "stdout"), stderr },
    released,
  );
  const { identity, child, ended } = spawned;
  const record: WorkerRecord = { process: identity };
  const ready = untilSaid(spawned, "standing-by", stderr);
  ready.catch(() => {}); // Whoever takes the worker sees it; one that nobody takes fails alone.
  return {
    record,
    pid: identity.pid,
    directory: launch.directory,
    ready,
    ended,
    async assign(spec) {
      const accepted = untilSaid(spawned, "accepted", stderr);
      child.send({ type: "execute", spec }, () => {}); // A closed channel shows as the end of the process.
      const answered = new AbortController();
      void clock.sleep(ACCEPT_TIMEOUT_MS, answered.signal).then(() => {
        if (!answered.signal.aborted) killGroup(identity);
      });
      try {
        await accepted;
      } finally {
        answered.abort();
      }
      // From here on the worker is on its own, just as if the agent had been restarted.
      if (child.connected) child.disconnect();
      return createRunWorker(identity, ended);
    },
    async discard() {
      if (child.connected) child.disconnect();
      await endOrKill(clock, identity, ended, DISCARD_GRACE_MS);
    },
  };
}

/** Finds a worker that an earlier agent gave its run. Throws when the record can't be read. */
export function findWorkerProcess(host: ProcessHost, record: unknown): RunWorker {
  const identity = parseProcessIdentity(parseFields(record)["process"]);
  return createRunWorker(identity, untilAdoptedEnded(host, identity));
}

function createRunWorker(identity: ProcessIdentity, ended: Promise<ProcessExit>): RunWorker {
  ended.catch(() => {}); // The agent stops looking after it.
  return {
    pid: identity.pid,
    ended,
    isRunning: () => isRunning(identity),
    interrupt: () => void signalProcess(identity, "SIGINT"),
    kill: () => void killGroup(identity),
  };
}

/** Waits for the worker's message of this type. Rejects with LaunchFailed when it ends without. */
async function untilSaid({ child, ended }: SpawnedProcess, type: string, stderr: string): Promise<void> {
  const outcome = Promise.withResolvers<void>();
  const onMessage = (message: unknown) => {
    if (typeof message === "object" && message !== null && "type" in message && message.type === type)
      outcome.resolve();
  };
  child.on("message", onMessage);
  void ended.then((exit) => {
    const said = readTail(stderr, 4_096).trim();
    outcome.reject(
      new LaunchFailed(
        `The run worker ended before it said "${type}": ${describeExit(exit)}${said === "" ? "" : `\n${said}`}`,
      ),
    );
  });
  try {
    await outcome.promise;
  } finally {
    child.off("message", onMessage);
  }
}
