import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { parseErrorInfo } from "@millrace/model/errors/parse-error-info";
import { describeWorkerEnd, type WorkerEnd } from "@millrace/model/runs/worker-end";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import { parseFields, textField, textsField } from "../../home/state-file.ts";
import { createCodeServerClient } from "../code-server-client.ts";
import { DefinitionsFailed, LaunchFailed, type CodeServer, type CodeServerLaunch } from "../launcher.ts";
import { readLastOutput } from "../files/process-end.ts";
import {
  explainExit,
  findState,
  listContainers,
  removeContainer,
  ROLE_LABEL,
  signalContainer,
  startContainer,
  stopContainer,
  untilContainerEnded,
  type Mount,
} from "./container.ts";
import type { DockerHost } from "./docker-host.ts";
import { findImage, getImage } from "./image.ts";
import { untilInFolder } from "./until-in-folder.ts";

/** Loading a big project takes seconds; one that takes longer than this hangs. */
const LOAD_TIMEOUT_MS = 5 * 60_000;
const STOP_GRACE_MS = 10_000;
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
interface CodeServerRecord extends ContainerCode {
  readonly container: string;
  /** The folder that it shares with the agent, on the agent's machine. */
  readonly shared: string;
  readonly log: string;
  readonly codeDigest: string;
  readonly warnings: readonly string[];
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
  const image = await findImage(host.engine, imageName);
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
    const said = await untilReady(host, join(shared, ANNOUNCEMENT), ended, imageName, signal);
    const code = { image: image.id, workingDirectory };
    return createCodeServer(host, { container: name, shared, log, ...code, ...said }, ended);
  } catch (error) {
    if (ended !== null) {
      await signalContainer(host, name, "SIGKILL");
      await ended;
      await removeContainer(host, name);
    }
    rmSync(shared, { recursive: true, force: true });
    throw error;
  }
}

/** Finds a code server that an earlier agent started. Null when it is gone. Throws when the record can't be read. */
export async function findCodeServerContainer(host: DockerHost, record: unknown): Promise<CodeServer | null> {
  const fields = parseFields(record);
  const parsed: CodeServerRecord = {
    container: textField(fields, "container"),
    shared: textField(fields, "shared"),
    log: textField(fields, "log"),
    codeDigest: textField(fields, "codeDigest"),
    warnings: textsField(fields, "warnings"),
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
      await stopContainer(host, container, ended, STOP_GRACE_MS);
      rmSync(shared, { recursive: true, force: true });
    },
    kill: () => signalContainer(host, container, "SIGKILL"),
  };
}

/** What a code server says once it serves. */
type ReadyCode = Pick<CodeServerRecord, "codeDigest" | "bundle" | "warnings">;

async function untilReady(
  { clock }: DockerHost,
  announcement: string,
  ended: Promise<WorkerEnd>,
  image: string,
  signal: AbortSignal,
): Promise<ReadyCode> {
  const over = new AbortController();
  try {
    const hasSaid = (): boolean => existsSync(announcement);
    const first = Promise.race([untilInFolder(dirname(announcement), hasSaid, over.signal), ended]);
    const outcome = await within(clock, LOAD_TIMEOUT_MS, first, signal);
    if (outcome === TOO_LATE)
      throw new LaunchFailed(
        `The code server did not finish loading within ${LOAD_TIMEOUT_MS / 60_000} minutes`,
      );
    if (hasSaid()) return parseAnnouncement(readFileSync(announcement, "utf8"));
    throw endedTooSoon(await ended, image);
  } finally {
    over.abort();
  }
}

function endedTooSoon(end: WorkerEnd, image: string): LaunchFailed {
  const words = end.lastOutput === null ? "" : `\n${end.lastOutput}`;
  return new LaunchFailed(
    explainExit(end, image) ?? `The code server ${describeWorkerEnd(end)} before it was ready${words}`,
  );
}

function parseAnnouncement(text: string): ReadyCode {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = parseFields(JSON.parse(text));
    if (fields["type"] === "ready")
      return {
        codeDigest: textField(fields, "codeDigest"),
        bundle: textField(fields, "bundle"),
        warnings: textsField(fields, "warnings"),
      };
  } catch (cause) {
    throw new LaunchFailed("The code server said something that this agent does not understand", { cause });
  }
  throw new DefinitionsFailed(parseErrorInfo(fields["error"]));
}
