import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { TOO_LATE } from "@millrace/model/waiting/within";
import { countField, parseFields, textField } from "../../home/state-file.ts";
import { createCodeServerClient } from "../code-server-client.ts";
import { LaunchFailed, type CodeServer, type CodeServerLaunch } from "../launcher.ts";
import { readLastOutput } from "../files/process-end.ts";
import { endedBefore, LOAD_TIMEOUT_MS, loadedTooLong, notUnderstood } from "../launch-failures.ts";
import { parseReadyCode, readAnnouncement, type ReadyCode } from "../files/ready-code.ts";
import {
  endContainer,
  explainExit,
  findState,
  listContainers,
  removeContainer,
  ROLE_LABEL,
  signalContainer,
  startContainer,
  stopContainer,
  untilContainerEnded,
} from "./container.ts";
import { settingsFor, type Mount } from "./container-plan.ts";
import type { DockerHost } from "./docker-host.ts";
import { findImage, findPlatform, getImage, type FoundImage } from "./image.ts";
import { untilLeft } from "./until-left.ts";

const STOP_GRACE_SECONDS = 10;
const ROLE = "code-server";

/** Where a code server has in its container what it shares with the agent. */
const SHARED = "/millrace/server";
const LOG = "/millrace/log";
const SOCKET = "s";
const ANNOUNCEMENT = "announcement";

/** What run workers load. */
export interface ContainerCode {
  /** The image's id: also when its name is given to another one, workers run the code that was described. */
  readonly image: string;
  readonly workingDirectory: string;
  /** The file that run workers load, an absolute path in the container. */
  readonly bundle: string;
}

/** What is kept about a code server, so that the next agent finds it. */
interface CodeServerRecord extends ContainerCode, ReadyCode {
  readonly container: string;
  /** The folder that it shares with the agent, on the agent's machine. */
  readonly shared: string;
  readonly log: string;
  /** How long it has to end in. */
  readonly stopSeconds: number;
}

/** Starts a code server as a container and waits until it says that it is ready. See `Launcher.startCodeServer`. */
export async function startCodeServerContainer(
  host: DockerHost,
  launch: CodeServerLaunch,
  signal: AbortSignal,
): Promise<CodeServer> {
  signal.throwIfAborted();
  const { document, locationName } = launch;
  const { image: imageName, entry, workingDirectory: wanted } = getImage(document);
  const settings = settingsFor(host, document);
  const image = await findImage(host, imageName, settings.pull);
  signal.throwIfAborted();
  const workingDirectory = wanted ?? image.workingDirectory;
  const id = host.ids.newId();
  const name = `millrace-server-${id}`;
  const shared = join(host.socketFolder, `cs-${id.slice(0, 8)}`);
  const log = join(launch.directory, "log");
  mkdirSync(shared, { mode: 0o700 });
  writeFileSync(log, "", { flag: "a", mode: 0o600 });
  const before = statSync(log).size;
  const readLast = (): string => readLastOutput(log, before);
  let ended: Promise<WorkerEnd> | null = null;
  try {
    await startContainer(host, {
      name,
      image: image.id,
      workingDirectory,
      environment: document.environment,
      settings,
      mounts: [
        { source: shared, target: SHARED },
        { source: log, target: LOG },
        mountBuilt(host, image.id, workingDirectory),
      ],
      labels: { [ROLE_LABEL]: ROLE, "dev.millrace.location": locationName },
      output: { stdout: LOG, stderr: LOG },
      words: [
        "api",
        "code-server",
        `--working-directory=${workingDirectory}`,
        `--entry=${entry}`,
        `--location=${locationName}`,
        `--socket=${SHARED}/${SOCKET}`,
        `--announce=${SHARED}/${ANNOUNCEMENT}`,
      ],
    });
    ended = untilContainerEnded(host, name, readLast);
    ended.catch(() => {}); // The agent stops looking after it.
    const announcement = join(shared, ANNOUNCEMENT);
    const said = await untilReady(host, { announcement, ended, image: imageName, readLast }, signal);
    const code = { image: image.id, workingDirectory };
    const { stopTimeout: stopSeconds = STOP_GRACE_SECONDS } = settings;
    return createCodeServer(host, { container: name, shared, log, stopSeconds, ...code, ...said }, ended);
  } catch (error) {
    if (ended !== null) await endContainer(host, name, ended);
    rmSync(shared, { recursive: true, force: true });
    throw (await explainPlatform(host, imageName, image, error)) ?? error;
  }
}

/** Finds a code server that an earlier agent started. Null when it is gone. Throws when the record can't be read. */
export async function findCodeServerContainer(host: DockerHost, record: unknown): Promise<CodeServer | null> {
  const fields = parseFields(record);
  const parsed: CodeServerRecord = {
    container: textField(fields, "container"),
    shared: textField(fields, "shared"),
    log: textField(fields, "log"),
    stopSeconds: fields["stopSeconds"] === undefined ? STOP_GRACE_SECONDS : countField(fields, "stopSeconds"),
    ...parseReadyCode(fields),
    ...parseContainerCode(fields),
  };
  const state = await findState(host, parsed.container);
  if (state?.status !== "running") {
    await removeContainer(host, parsed.container);
    rmSync(parsed.shared, { recursive: true, force: true });
    return null;
  }
  const ended = untilContainerEnded(host, parsed.container, () => readLastOutput(parsed.log));
  ended.catch(() => {}); // The agent stops looking after it.
  return createCodeServer(host, parsed, ended);
}

/** Reads the `code` of a code server. Throws when it isn't one. */
export function parseContainerCode(code: unknown): ContainerCode {
  const fields = parseFields(code);
  return {
    image: textField(fields, "image"),
    workingDirectory: textField(fields, "workingDirectory"),
    bundle: textField(fields, "bundle"),
  };
}

/** What a code server builds where its code is, for the workers of the same image, which find it at the same place. */
export function mountBuilt(host: DockerHost, image: string, workingDirectory: string): Mount {
  const key = createHash("sha256").update(`${image} ${workingDirectory}`).digest("hex").slice(0, 32);
  const source = join(host.builtFolder, key);
  mkdirSync(source, { recursive: true, mode: 0o700 });
  return { source, target: `${workingDirectory === "/" ? "" : workingDirectory}/.millrace` };
}

/** Removes the containers of code servers that ended while no agent looked after them, as they do when none does for a minute. */
export async function removeEndedCodeServers(host: DockerHost): Promise<void> {
  for (const name of await listContainers(host, ROLE)) {
    const state = await findState(host, name);
    if (state !== null && state.status !== "running") await removeContainer(host, name);
  }
}

function createCodeServer(host: DockerHost, record: CodeServerRecord, ended: Promise<WorkerEnd>): CodeServer {
  const { container, shared, image, workingDirectory, bundle } = record;
  return {
    record,
    place: `container ${container}`,
    codeDigest: record.codeDigest,
    code: { image, workingDirectory, bundle } satisfies ContainerCode,
    warnings: record.warnings,
    ended,
    connect: async () => createCodeServerClient(`unix:${join(shared, SOCKET)}`, host.clock),
    async stop() {
      await stopContainer(host, container, ended, record.stopSeconds * 1_000);
      rmSync(shared, { recursive: true, force: true });
    },
    kill: () => signalContainer(host, container, "SIGKILL"),
  };
}

/** A code server on its way. */
interface StartingServer {
  readonly announcement: string;
  readonly ended: Promise<WorkerEnd>;
  readonly image: string;
  /** The end of what it has written. */
  readonly readLast: () => string;
}

async function untilReady(
  host: DockerHost,
  { announcement, ended, image, readLast }: StartingServer,
  signal: AbortSignal,
): Promise<ReadyCode> {
  const isThere = (): boolean => existsSync(announcement);
  const awaited = { folder: dirname(announcement), isThere, ended, timeoutMs: LOAD_TIMEOUT_MS };
  const outcome = await untilLeft(host, awaited, signal);
  if (outcome === TOO_LATE) throw loadedTooLong(readLast());
  if (outcome !== null)
    throw explainExit(outcome, image) ?? endedBefore("The code server", outcome, "it was ready");
  return parseAnnouncement(readFileSync(announcement, "utf8"));
}

/** An image of another platform fails in many ways, and may also run, where the engine's machine emulates it. */
async function explainPlatform(
  { engine }: DockerHost,
  name: string,
  { platform }: FoundImage,
  error: unknown,
): Promise<LaunchFailed | null> {
  if (!(error instanceof LaunchFailed)) return null;
  const wanted = await findPlatform(engine).catch(() => platform);
  if (wanted === platform) return null;
  return new LaunchFailed(
    `The image ${name} is built for ${platform}, and the engine's machine is ${wanted}: build it with \`docker build --platform ${wanted}\`. ${error.message}`,
    { cause: error },
  );
}

function parseAnnouncement(text: string): ReadyCode {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (cause) {
    throw notUnderstood(cause);
  }
  const ready = readAnnouncement(message);
  if (ready === null) throw notUnderstood(text);
  return ready;
}
