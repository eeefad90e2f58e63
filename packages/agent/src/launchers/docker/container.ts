import { existsSync } from "node:fs";
import { constants } from "node:os";
import { parseVolume, type ContainerSettings } from "@millrace/model/container-settings";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { countField, parseFields, textField } from "../../home/state-file.ts";
import { LaunchFailed } from "../launcher.ts";
import { toWorkerEnd } from "../files/process-end.ts";
import { describeContainer, OWNER_LABEL, type ContainerPlan } from "./container-plan.ts";
import { EngineRefused, type DockerEngine } from "./docker-engine.ts";
import type { DockerHost } from "./docker-host.ts";

/** `code-server` or `run-worker`. */
export const ROLE_LABEL = "dev.millrace.role";

/** How often an engine that was away is asked again how a container ended. */
const ASK_AGAIN_MS = 1_000;

/** What a shell says of a program that is not there. */
const NOT_FOUND = 127;

/**
 * Creates a container and starts it.
 *
 * @throws LaunchFailed when the engine refuses it; then nothing is left of it.
 */
export async function startContainer(host: DockerHost, plan: ContainerPlan): Promise<void> {
  const { engine } = host;
  try {
    await requireVolumes(engine, plan.settings);
    const path = `/containers/create?name=${encodeURIComponent(plan.name)}`;
    await engine.ask({ method: "POST", path, body: await describeContainer(host, plan) });
    for (const network of plan.settings.networks?.slice(1) ?? []) {
      const connect = `/networks/${encodeURIComponent(network)}/connect`;
      await engine.ask({ method: "POST", path: connect, body: { Container: plan.name } });
    }
    await engine.ask({ method: "POST", path: `/containers/${plan.name}/start` });
  } catch (error) {
    if (!(error instanceof EngineRefused)) throw error;
    await removeContainer(host, plan.name);
    throw new LaunchFailed(`The container could not be started: ${explainRefusal(error.message)}`, {
      cause: error,
    });
  }
}

/**
 * The engine would make what is not there, empty.
 *
 * @throws LaunchFailed naming the volume.
 */
async function requireVolumes(engine: DockerEngine, { volumes = [] }: ContainerSettings): Promise<void> {
  for (const { source } of volumes.map(parseVolume)) {
    const isFolder = source.startsWith("/");
    if (isFolder ? existsSync(source) : await isVolume(engine, source)) continue;
    throw new LaunchFailed(
      isFolder
        ? `The folder ${source}, which the container is to see, is not on the agent's machine`
        : `The Docker engine has no volume ${source}, which the container is to see: run \`docker volume create ${source}\` on the agent's machine, or correct \`container.volumes\``,
    );
  }
}

async function isVolume(engine: DockerEngine, name: string): Promise<boolean> {
  try {
    await engine.ask({ method: "GET", path: `/volumes/${encodeURIComponent(name)}` });
    return true;
  } catch (error) {
    if (error instanceof EngineRefused && error.status === 404) return false;
    throw error;
  }
}

function explainRefusal(message: string): string {
  const [, network] = /network (\S+) not found/.exec(message) ?? [];
  if (network !== undefined)
    return `the Docker engine has no network ${network}: run \`docker network create ${network}\` on the agent's machine, or correct \`container.networks\``;
  const [, folder] = /bind source path does not exist: (\S+)/.exec(message) ?? [];
  if (folder !== undefined)
    return `the Docker engine does not see the agent's folder ${folder}: it must run on the agent's machine, or have the agent's --home at the same place`;
  if (message.includes('"sh": executable file not found'))
    return "its image has no shell, and `millrace` is started by `sh`. Build it from an image that has one, such as node:24-slim";
  return message;
}

/**
 * How a container ended, once it has. One that the engine does not know any more is lost.
 *
 * @param readLast the end of what it wrote to stderr.
 */
export async function untilContainerEnded(
  host: DockerHost,
  name: string,
  readLast: () => string,
): Promise<WorkerEnd> {
  const { engine, clock, released } = host;
  for (;;) {
    try {
      const text = await engine.ask({ method: "POST", path: `/containers/${name}/wait`, signal: released });
      const exitCode = countField(parseFields(JSON.parse(text)), "StatusCode");
      const state = exitCode === 0 ? null : await findState(host, name);
      return toContainerEnd(exitCode, state?.isOutOfMemory ? state.memoryBytes : null, readLast());
    } catch (error) {
      released.throwIfAborted();
      if (error instanceof EngineRefused && error.status === 404) return toWorkerEnd(null, null, readLast());
      // The engine is away, or ends itself.
      host.logger.warn({ container: name, err: error }, "a container can't be watched; it is tried again");
      await clock.sleep(ASK_AGAIN_MS, released);
    }
  }
}

/** @param exceededBytes the memory limit of one that reached it. */
function toContainerEnd(exitCode: number, exceededBytes: number | null, lastOutput: string): WorkerEnd {
  const signal = Object.entries(constants.signals).find(([, number]) => exitCode === 128 + number)?.[0];
  const end = toWorkerEnd(signal === undefined ? exitCode : null, signal ?? null, lastOutput);
  if (exceededBytes === null) return end;
  const detail =
    exceededBytes === 0
      ? "the machine had none left for its container"
      : `its container reached its limit of ${Math.round(exceededBytes / 1024 ** 2)} MiB; container.memory raises it`;
  return { ...end, how: "out_of_memory", exitCode: null, detail };
}

/** What a failed start means when it is more than an exit code. */
export function explainExit({ how, exitCode }: WorkerEnd, image: string): LaunchFailed | null {
  if (how !== "exited" || exitCode !== NOT_FOUND) return null;
  return new LaunchFailed(
    `The image ${image} has no \`millrace\`, neither in node_modules/.bin of its working directory nor on its PATH: install Millrace and Node 24 in it, or set code.workingDirectory to the folder where they are`,
    { code: "code_missing" },
  );
}

interface ContainerState {
  readonly status: string;
  readonly isOutOfMemory: boolean;
  /** Its limit; 0: none. */
  readonly memoryBytes: number;
}

/** What the engine knows of a container; null: nothing. */
export async function findState(
  { engine }: Pick<DockerHost, "engine">,
  name: string,
): Promise<ContainerState | null> {
  try {
    const text = await engine.ask({ method: "GET", path: `/containers/${encodeURIComponent(name)}/json` });
    const fields = parseFields(JSON.parse(text));
    const state = parseFields(fields["State"]);
    return {
      status: textField(state, "Status"),
      isOutOfMemory: state["OOMKilled"] === true,
      memoryBytes: Number(parseFields(fields["HostConfig"])["Memory"] ?? 0),
    };
  } catch (error) {
    if (error instanceof EngineRefused && error.status === 404) return null;
    throw error;
  }
}

/** Sends a signal to a container's first process; SIGKILL ends all of them. Does nothing when it has ended. */
export async function signalContainer(
  { engine }: DockerHost,
  name: string,
  signal: NodeJS.Signals,
): Promise<void> {
  await unlessGone(engine.ask({ method: "POST", path: `/containers/${name}/kill?signal=${signal}` }));
}

/** Sends SIGTERM, and SIGKILL when it has not ended after `graceMs`; removes it once it has. */
export async function stopContainer(
  host: DockerHost,
  name: string,
  ended: Promise<WorkerEnd>,
  graceMs: number,
): Promise<void> {
  await signalContainer(host, name, "SIGTERM");
  if ((await within(host.clock, graceMs, ended)) === TOO_LATE) await signalContainer(host, name, "SIGKILL");
  await ended;
  await removeContainer(host, name);
}

/** Kills a container, and removes it once it has ended. */
export async function endContainer(host: DockerHost, name: string, ended: Promise<WorkerEnd>): Promise<void> {
  await signalContainer(host, name, "SIGKILL");
  await ended;
  await removeContainer(host, name);
}

/** Ends a container at once, and removes it with all that was only its own. */
export async function removeContainer({ engine }: DockerHost, name: string): Promise<void> {
  await unlessGone(engine.ask({ method: "DELETE", path: `/containers/${name}?force=1&v=1` }));
}

/** The names of an agent's containers in that role. */
export async function listContainers({ engine, agentId }: DockerHost, role: string): Promise<string[]> {
  const label = [`${OWNER_LABEL}=${agentId}`, `${ROLE_LABEL}=${role}`];
  const filters = encodeURIComponent(JSON.stringify({ label }));
  const text = await engine.ask({ method: "GET", path: `/containers/json?all=1&filters=${filters}` });
  const found = JSON.parse(text) as readonly { readonly Names: readonly string[] }[];
  return found.flatMap(({ Names: [name] }) => (name === undefined ? [] : [name.replace(/^\//, "")]));
}

/** A container that is gone, has ended, or is being removed by somebody else is what was wanted. */
async function unlessGone(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof EngineRefused && (error.status === 404 || error.status === 409))) throw error;
  }
}
