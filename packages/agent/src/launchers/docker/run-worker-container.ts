import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { TOO_LATE } from "@millrace/model/waiting/within";
import { writeOutputPlace } from "@millrace/protocol/journal/output-place";
import { readWorkerId } from "@millrace/protocol/journal/worker-files";
import { parseFields, setFolderAside, textField } from "../../home/state-file.ts";
import { LaunchFailed, type WorkerHandle, type WorkerLaunch, type WorkerSpec } from "../launcher.ts";
import { endedBefore } from "../launch-failures.ts";
import { readLastOutput } from "../files/process-end.ts";
import {
  listWorkerDirectories,
  readCredentials,
  readWorkerState,
  removeWorkerDirectory,
  writeSpec,
  writeWorkerState,
} from "../files/worker-directory.ts";
import { mountBuilt, parseContainerCode } from "./code-server-container.ts";
import {
  endContainer,
  explainExit,
  findState,
  listContainers,
  removeContainer,
  ROLE_LABEL,
  signalContainer,
  startContainer,
  untilContainerEnded,
} from "./container.ts";
import { settingsFor, toContainerUrl } from "./container-plan.ts";
import type { DockerHost } from "./docker-host.ts";
import { getImage } from "./image.ts";
import { untilLeft } from "./until-left.ts";

/** A worker that has not come to its run after this long hangs. */
const ACCEPT_TIMEOUT_MS = 60_000;
const ROLE = "run-worker";

/** Where a worker has in its container what it shares with the agent. */
const JOURNAL = "/millrace/worker";
const STORAGE = "/millrace/storage";

/**
 * Starts a container for one attempt of a run and waits until its worker has come to it. What the agent keeps of it lies in a folder that is named
 * after the attempt, as the container is: of two launches of one attempt, on whatever day, the second finds the first.
 *
 * @throws LaunchFailed when it did not take its run; then nothing is left of it.
 */
export async function launchWorkerContainer(
  host: DockerHost,
  spec: WorkerSpec,
  launch: WorkerLaunch,
  signal: AbortSignal,
): Promise<WorkerHandle> {
  signal.throwIfAborted();
  const { runId, attempt, agentApiUrl } = spec;
  const { image: imageName } = getImage(launch.document);
  const code = parseContainerCode(launch.code);
  const settings = settingsFor(host, launch.document);
  const directory = workerDirectory(host, runId, attempt);
  const journal = journalOf(directory);
  const name = nameOf(directory);
  const state = { runId, attempt, record: { agentApiUrl } };
  let ended: Promise<WorkerEnd> | null = null;
  host.workers.set(directory, null);
  try {
    mkdirSync(journal, { recursive: true, mode: 0o700 });
    if (host.outputPlace !== undefined) writeOutputPlace(journal, host.outputPlace);
    // On disk before the container is there: whatever dies next, the next agent knows whose run this is.
    writeWorkerState(directory, { ...state, accepted: false });
    writeSpec(journal, {
      ...spec,
      agentApiUrl: toContainerUrl(agentApiUrl, settings.networks),
      workerDirectory: JOURNAL,
      storageDirectory: STORAGE,
    });
    await startContainer(host, {
      name,
      image: code.image,
      workingDirectory: code.workingDirectory,
      environment: launch.document.environment,
      settings,
      mounts: [
        { source: journal, target: JOURNAL },
        { source: host.storageDirectory, target: STORAGE },
        mountBuilt(host, code.image, code.workingDirectory),
      ],
      labels: {
        [ROLE_LABEL]: ROLE,
        "dev.millrace.location": launch.locationName,
        "dev.millrace.run": runId,
        "dev.millrace.attempt": String(attempt),
      },
      output: { stdout: `${JOURNAL}/stdout`, stderr: `${JOURNAL}/stderr` },
      words: [
        "api",
        "execute-run",
        `--spec=${JOURNAL}/spec.json`,
        `--bundle=${code.bundle}`,
        `--worker-directory=${JOURNAL}`,
      ],
    });
    ended = watchEnd(host, directory);
    await untilAccepted(host, journal, ended, imageName, signal);
    writeWorkerState(directory, { ...state, accepted: true });
    return createRunWorker(host, { runId, attempt, agentApiUrl }, directory, ended);
  } catch (error) {
    if (ended !== null) await endContainer(host, name, ended);
    removeWorkerDirectory(directory);
    host.workers.delete(directory);
    throw error;
  }
}

/** Every worker with a run that this agent or those before it on this home started; removes containers that nothing is known of. */
export async function findWorkerContainers(host: DockerHost): Promise<WorkerHandle[]> {
  // Before the folders: a container that is started meanwhile has one.
  const containers = await listContainers(host, ROLE);
  const directories = listWorkerDirectories(host.workersFolder);
  const known = new Set(directories.map(nameOf));
  for (const name of containers) {
    if (!known.has(name)) await removeContainer(host, name);
  }
  return directories.flatMap((directory) => {
    const worker = host.workers.get(directory);
    return (worker === undefined ? findWorker(host, directory) : worker) ?? [];
  });
}

/** The worker of an attempt that was launched before; null: there is none. */
export async function findWorkerOf(
  host: DockerHost,
  { runId, attempt }: Pick<WorkerSpec, "runId" | "attempt">,
): Promise<WorkerHandle | null> {
  const directory = workerDirectory(host, runId, attempt);
  const known = host.workers.get(directory);
  if (known) return known;
  if (!listWorkerDirectories(host.workersFolder).includes(directory)) return null;
  return findWorker(host, directory);
}

function findWorker(host: DockerHost, directory: string): WorkerHandle | null {
  const state = readWorkerState(directory, host.logger);
  try {
    if (state !== null) {
      const agentApiUrl = textField(parseFields(state.record), "agentApiUrl");
      const ended = watchEnd(host, directory).then((end) =>
        // Its agent died before it had come to its run, as far as anybody knows.
        state.accepted || readWorkerId(journalOf(directory)) !== null
          ? end
          : { ...end, how: "never_started" as const },
      );
      const { runId, attempt } = state;
      return createRunWorker(host, { runId, attempt, agentApiUrl }, directory, ended);
    }
  } catch (error) {
    host.logger.error({ directory, err: error }, "a worker's folder can't be used; it is set aside");
  }
  setFolderAside(directory);
  return null;
}

/** One that was created, but whose agent died before it started it, never ends by itself. */
async function watchEnd(host: DockerHost, directory: string): Promise<WorkerEnd> {
  const name = nameOf(directory);
  const readLast = (): string => {
    removeOddFiles(journalOf(directory));
    return readLastOutput(join(journalOf(directory), "stderr"));
  };
  if ((await findState(host, name))?.status === "created") await removeContainer(host, name);
  return untilContainerEnded(host, name, readLast);
}

function createRunWorker(
  host: DockerHost,
  { runId, attempt, agentApiUrl }: Pick<WorkerSpec, "runId" | "attempt" | "agentApiUrl">,
  directory: string,
  ended: Promise<WorkerEnd>,
): WorkerHandle {
  ended.catch(() => {}); // The agent stops looking after it.
  const journal = journalOf(directory);
  const name = nameOf(directory);
  const worker: WorkerHandle = {
    runId,
    attempt,
    place: `container ${name}`,
    ended,
    interrupt: () => signalContainer(host, name, "SIGINT"),
    kill: () => signalContainer(host, name, "SIGKILL"),
    async openJournal() {
      const credentials = readCredentials(journal, host.logger);
      // What the spec says is the address for the container.
      return { directory: journal, credentials: credentials && { ...credentials, agentApiUrl } };
    },
    async remove() {
      await removeContainer(host, name);
      removeWorkerDirectory(directory);
      host.workers.delete(directory);
    },
  };
  host.workers.set(directory, worker);
  return worker;
}

/** A worker leaves its id when it has loaded what it needs for its run. */
async function untilAccepted(
  host: DockerHost,
  journal: string,
  ended: Promise<WorkerEnd>,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  const isThere = (): boolean => readWorkerId(journal) !== null;
  const awaited = { folder: journal, isThere, ended, timeoutMs: ACCEPT_TIMEOUT_MS };
  const outcome = await untilLeft(host, awaited, signal);
  if (outcome === TOO_LATE)
    throw new LaunchFailed(
      `The run worker had not come to its run within ${ACCEPT_TIMEOUT_MS / 1_000} seconds`,
    );
  if (outcome !== null)
    throw explainExit(outcome, image) ?? endedBefore("The run worker", outcome, "it came to its run");
}

/**
 * Removes what is neither file nor folder from what a container has left: a link in it would lead the agent, who reads and delivers it, to files that
 * the container itself could not read, and a pipe would hold it up.
 */
function removeOddFiles(journal: string): void {
  if (!existsSync(journal)) return;
  for (const entry of readdirSync(journal, { withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) rmSync(join(journal, entry.name));
  }
}

function workerDirectory({ workersFolder }: DockerHost, runId: string, attempt: number): string {
  // It names a folder and a container.
  if (!/^[\w-]+$/.test(runId))
    throw new LaunchFailed(`The run's id ${JSON.stringify(runId)} can't name a container`);
  return join(workersFolder, `${runId}.${attempt}`);
}

function journalOf(directory: string): string {
  return join(directory, "journal");
}

function nameOf(directory: string): string {
  return `millrace-run-${basename(directory)}`;
}
