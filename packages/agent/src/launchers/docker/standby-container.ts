import { mkdirSync, renameSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { isSameQuarterHour } from "@millrace/model/time/quarter-hour";
import { parseFields } from "../../home/state-file.ts";
import { readLastOutput } from "../files/process-end.ts";
import { removeWorkerDirectory, writeSpec, writeWorkerState } from "../files/worker-directory.ts";
import { endedBefore } from "../launch-failures.ts";
import { LaunchFailed, type StandbyWorker, type WorkerHandle, type WorkerLaunch } from "../launcher.ts";
import { endContainer, startContainer, untilContainerEnded } from "./container.ts";
import { settingsFor, toContainerUrl } from "./container-plan.ts";
import type { DockerHost } from "./docker-host.ts";
import {
  createRunWorker,
  createJournal,
  journalOf,
  planWorker,
  removeOddFiles,
  STANDBY_ROLE,
  toContainerSpec,
  untilAccepted,
  workerDirectory,
  type WorkerRecord,
} from "./run-worker-container.ts";

/** Where a worker that waits has in its container the socket on which its agent listens. */
const AGENT = "/millrace/agent";
const SOCKET = "s";
const never = new AbortController().signal;

/**
 * Starts a container whose worker loads the code and waits for its run. Agent and worker talk over a unix socket on which the agent
 * listens: its end tells the worker that the agent is gone, and it ends too. See `Launcher.startStandby`.
 */
export function startStandbyContainer(host: DockerHost, launch: WorkerLaunch): StandbyWorker {
  const id = host.ids.newId();
  const name = `millrace-standby-${id}`;
  const startedAt = host.clock.now();
  const shared = join(host.socketFolder, `sb-${id.slice(0, 8)}`);
  let directory = join(host.standbysFolder, id);
  let discarding: Promise<void> | null = null;
  let assigned = false;
  const connected = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => {}); // The worker has ended.
    createInterface({ input: socket }).on("line", (line) => {
      if (isStandingBy(line)) connected.resolve(socket);
    });
  });
  const readLast = (): string => {
    removeOddFiles(journalOf(directory));
    return readLastOutput(join(journalOf(directory), "stderr"));
  };

  async function start(): Promise<{ readonly ended: Promise<WorkerEnd> }> {
    createJournal(host, directory);
    mkdirSync(shared, { mode: 0o700 });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject).listen(join(shared, SOCKET), resolve);
    await promise;
    const settings = settingsFor(host, launch.document);
    const plan = planWorker(host, launch, { name, role: STANDBY_ROLE, directory, settings });
    await startContainer(host, {
      ...plan,
      mounts: [...plan.mounts, { source: shared, target: AGENT }],
      words: [
        ...plan.words,
        "--standby",
        `--agent-socket=${AGENT}/${SOCKET}`,
        `--agent-api-url=${toContainerUrl(launch.agentApiUrl, settings.networks)}`,
      ],
    });
    return { ended: untilContainerEnded(host, name, readLast) };
  }

  host.standbys.set(name, hangUp);
  const starting = start();
  const ended = starting.then(
    (container) => container.ended,
    (error: unknown): WorkerEnd => ({
      how: "never_started",
      exitCode: null,
      detail: error instanceof Error ? error.message : String(error),
      lastOutput: null,
    }),
  );
  const ready = (async () => {
    await starting;
    const outcome = await Promise.race([connected.promise.then(() => null), ended]);
    if (outcome !== null) throw endedBefore("The run worker", outcome, "it stood by");
  })();
  ready.catch(() => {}); // Whoever takes the worker sees it; one that nobody takes fails alone.
  ended.then(
    () => assigned || forget(),
    () => {}, // The agent looks after it no more.
  );

  function hangUp(): void {
    server.close();
    void connected.promise.then((socket) => socket.destroy());
    rmSync(shared, { recursive: true, force: true });
  }

  function forget(): void {
    hangUp();
    host.standbys.delete(name);
    host.workers.delete(directory);
    removeWorkerDirectory(directory);
  }

  async function remove(): Promise<void> {
    const isStarted = await starting.then(
      () => true,
      () => false,
    );
    if (isStarted) await endContainer(host, name, ended);
    forget();
  }

  return {
    place: `container ${name}`,
    ready,
    ended,
    // It asks for itself whether its run may begin.
    findIdentity: () => null,
    async assign(spec): Promise<WorkerHandle> {
      if (discarding !== null) throw new LaunchFailed("The worker that stood by is gone");
      assigned = true;
      const { runId, attempt, agentApiUrl } = spec;
      const record: WorkerRecord = { agentApiUrl, container: name };
      const state = { runId, attempt, record };
      try {
        const socket = await Promise.race([
          connected.promise,
          ended.then((end) => Promise.reject(endedBefore("The run worker", end, "it had its run"))),
        ]);
        const whole = toContainerSpec(spec, settingsFor(host, launch.document));
        writeSpec(journalOf(directory), whole);
        writeWorkerState(directory, { ...state, accepted: false });
        const final = workerDirectory(host, runId, attempt);
        // What the container sees is the folder, whatever its name. From here on the next agent knows whose run this is.
        renameSync(directory, final);
        directory = final;
        host.workers.set(directory, null);
        socket.write(`${JSON.stringify({ type: "execute", spec: whole })}\n`);
        await untilAccepted(host, { journal: journalOf(directory), ended, launch }, never);
        hangUp();
        writeWorkerState(directory, { ...state, accepted: true });
        host.standbys.delete(name);
        return createRunWorker(host, { ...state, ...record }, directory, ended);
      } catch (error) {
        await remove();
        if (error instanceof LaunchFailed) throw error;
        throw new LaunchFailed(`The run could not be handed to its worker: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
    // What it has loaded is in its image. Code may have taken today's date from its loading.
    isCurrent: () => isSameQuarterHour(startedAt, host.clock.now()),
    discard: () => (discarding ??= remove()),
  };
}

function isStandingBy(line: string): boolean {
  try {
    return parseFields(JSON.parse(line))["type"] === "standing-by";
  } catch {
    return false;
  }
}
