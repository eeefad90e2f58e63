import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { ContainerSettings } from "@millrace/model/container-settings";
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
import { settingsFor, toContainerUrl, type ContainerPlan } from "./container-plan.ts";
import type { DockerHost } from "./docker-host.ts";
import { getImage } from "./image.ts";
import { untilLeft } from "./until-left.ts";

/** Of containers whose worker waits for its run, or has had it since. */
export const STANDBY_ROLE = "standby-worker";
/** A worker that has not come to its run after this long hangs. */
const ACCEPT_TIMEOUT_MS = 60_000;
const ROLE = "run-worker";

/** What is kept of a worker's container. */
export interface WorkerRecord {
  /** As the agent knows it; the spec has the address for the container. */
  readonly agentApiUrl: string;
  readonly container: string;
}

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
  const settings = settingsFor(host, launch.document);
  const directory = workerDirectory(host, runId, attempt);
  const journal = journalOf(directory);
  const name = nameOf(directory);
  const record: WorkerRecord = { agentApiUrl, container: name };
  const state = { runId, attempt, record };
  let ended: Promise<WorkerEnd> | null = null;
  host.workers.set(directory, null);
  try {
    createJournal(host, directory);
    // On disk before the container is there: whatever dies next, the next agent knows whose run this is.
    writeWorkerState(directory, { ...state, accepted: false });
    writeSpec(journal, toContainerSpec(spec, settings));
    const plan = planWorker(host, launch, { name, role: ROLE, directory, settings });
    await startContainer(host, {
      ...plan,
      labels: { ...plan.labels, "dev.millrace.run": runId, "dev.millrace.attempt": String(attempt) },
      words: [...plan.words, `--spec=${JOURNAL}/spec.json`],
    });
    ended = watchEnd(host, directory, name);
    await untilAccepted(host, { journal, ended, launch }, signal);
    writeWorkerState(directory, { ...state, accepted: true });
    return createRunWorker(host, { ...state, ...record }, directory, ended);
  } catch (error) {
    if (ended !== null) await endContainer(host, name, ended);
    removeWorkerDirectory(directory);
    host.workers.delete(directory);
    throw error;
  }
}

/** What a worker is told, with what it sees in its container. */
export function toContainerSpec(spec: WorkerSpec, { networks }: ContainerSettings): object {
  return {
    ...spec,
    agentApiUrl: toContainerUrl(spec.agentApiUrl, networks),
    workerDirectory: JOURNAL,
    storageDirectory: STORAGE,
  };
}

/** The container of a worker, but for where its run comes from. */
export function planWorker(
  host: DockerHost,
  launch: WorkerLaunch,
  worker: {
    readonly name: string;
    readonly role: string;
    readonly directory: string;
    readonly settings: ContainerSettings;
  },
): ContainerPlan {
  const { name, role, directory, settings } = worker;
  const { image, workingDirectory, bundle } = parseContainerCode(launch.code);
  return {
    name,
    image,
    workingDirectory,
    environment: launch.document.environment,
    settings,
    mounts: [
      { source: journalOf(directory), target: JOURNAL },
      { source: host.storageDirectory, target: STORAGE },
      mountBuilt(host, image, workingDirectory),
    ],
    labels: { [ROLE_LABEL]: role, "dev.millrace.location": launch.locationName },
    output: { stdout: `${JOURNAL}/stdout`, stderr: `${JOURNAL}/stderr` },
    words: ["api", "execute-run", `--bundle=${bundle}`, `--worker-directory=${JOURNAL}`],
  };
}

/** Every worker with a run that this agent or those before it on this home started; removes containers that nothing is known of. */
export async function findWorkerContainers(host: DockerHost): Promise<WorkerHandle[]> {
  // Before the folders: a container that is started meanwhile has one.
  const containers = [...(await listContainers(host, ROLE)), ...(await listContainers(host, STANDBY_ROLE))];
  const directories = listWorkerDirectories(host.workersFolder);
  const known = new Set([
    ...host.standbys.keys(),
    ...directories.map((directory) => findName(host, directory)),
  ]);
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
      const container = findName(host, directory);
      const ended = watchEnd(host, directory, container).then((end) =>
        // Its agent died before it had come to its run, as far as anybody knows.
        state.accepted || readWorkerId(journalOf(directory)) !== null
          ? end
          : { ...end, how: "never_started" as const },
      );
      const { runId, attempt } = state;
      return createRunWorker(host, { runId, attempt, agentApiUrl, container }, directory, ended);
    }
  } catch (error) {
    host.logger.error({ directory, err: error }, "a worker's folder can't be used; it is set aside");
  }
  setFolderAside(directory);
  return null;
}

/** One that was created, but whose agent died before it started it, never ends by itself. */
async function watchEnd(host: DockerHost, directory: string, name: string): Promise<WorkerEnd> {
  const readLast = (): string => {
    removeOddFiles(journalOf(directory));
    return readLastOutput(join(journalOf(directory), "stderr"));
  };
  if ((await findState(host, name))?.status === "created") await removeContainer(host, name);
  return untilContainerEnded(host, name, readLast);
}

export function createRunWorker(
  host: DockerHost,
  { runId, attempt, agentApiUrl, container: name }: Pick<WorkerSpec, "runId" | "attempt"> & WorkerRecord,
  directory: string,
  ended: Promise<WorkerEnd>,
): WorkerHandle {
  ended.catch(() => {}); // The agent stops looking after it.
  const journal = journalOf(directory);
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
export async function untilAccepted(
  host: DockerHost,
  {
    journal,
    ended,
    launch,
  }: { readonly journal: string; readonly ended: Promise<WorkerEnd>; readonly launch: WorkerLaunch },
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
    throw (
      explainExit(outcome, getImage(launch.document).image) ??
      endedBefore("The run worker", outcome, "it came to its run")
    );
}

/**
 * Removes what is neither file nor folder from what a container has left: a link in it would lead the agent, who reads and delivers it, to files that
 * the container itself could not read, and a pipe would hold it up.
 */
export function removeOddFiles(journal: string): void {
  if (!existsSync(journal)) return;
  for (const entry of readdirSync(journal, { withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) rmSync(join(journal, entry.name));
  }
}

export function workerDirectory({ workersFolder }: DockerHost, runId: string, attempt: number): string {
  // It names a folder and a container.
  if (!/^[\w-]+$/.test(runId))
    throw new LaunchFailed(`The run's id ${JSON.stringify(runId)} can't name a container`);
  return join(workersFolder, `${runId}.${attempt}`);
}

export function journalOf(directory: string): string {
  return join(directory, "journal");
}

/** Makes the folder that a worker's container shares, with what it must know of before it prints anything. */
export function createJournal({ outputPlace }: DockerHost, directory: string): void {
  const journal = journalOf(directory);
  mkdirSync(journal, { recursive: true, mode: 0o700 });
  if (outputPlace !== undefined) writeOutputPlace(journal, outputPlace);
}

/** The container that a folder is of; one that cannot be read had its own. */
function findName(host: DockerHost, directory: string): string {
  const record = readWorkerState(directory, host.logger)?.record;
  const container = record === undefined ? undefined : parseFields(record)["container"];
  return typeof container === "string" ? container : nameOf(directory);
}

function nameOf(directory: string): string {
  return `millrace-run-${basename(directory)}`;
}
