import { toBytes, type ContainerSettings } from "@millrace/model/container-settings";
import { mergeContainerSettings } from "@millrace/model/merge-container-settings";
import type { LocationDocument } from "@millrace/model/location-document";
import type { DockerHost } from "./docker-host.ts";

/** Whose container it is: an agent's id. */
export const OWNER_LABEL = "dev.millrace.owner";

/**
 * Starts `millrace`, the project's own before one on the PATH, with its output in two files: they are the worker's, whose
 * output is delivered from them, whatever the engine's logging driver does.
 */
const START = `exec >>"$0" 2>>"$1"; shift; PATH="$PWD/node_modules/.bin:$PATH"; export PATH; exec millrace "$@"`;
/** A folder or file of the agent's that a container sees. */
export interface Mount {
  readonly source: string;
  readonly target: string;
}

/** What a container is made of. */
export interface ContainerPlan {
  readonly name: string;
  /** The image's id. */
  readonly image: string;
  readonly workingDirectory: string;
  /** The location's variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** What everybody who may say so says of it. */
  readonly settings: ContainerSettings;
  readonly mounts: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** The words after `millrace`. */
  readonly words: readonly string[];
}

/** What a container of a location's has: the document has the last word, then the agent's operator. */
export function settingsFor(
  { settings }: DockerHost,
  { container = {} }: LocationDocument,
): ContainerSettings {
  return mergeContainerSettings([settings, container]);
}

/** A container as the engine is told of it. */
export async function describeContainer(host: DockerHost, plan: ContainerPlan): Promise<object> {
  const user = await host.findUser();
  const { networks = [], volumes = [], memory, cpus, environment, labels, stopTimeout } = plan.settings;
  const [network = "bridge"] = networks;
  const { stdout, stderr } = plan.output;
  return {
    Image: plan.image,
    // Its folders are the agent's, and what it leaves there the agent reads.
    ...(user === null ? {} : { User: user }),
    WorkingDir: plan.workingDirectory,
    Env: Object.entries({ ...host.environment, ...plan.environment, ...environment }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    Entrypoint: ["sh", "-c", START, stdout, stderr],
    Cmd: plan.words,
    Labels: { ...labels, [OWNER_LABEL]: host.agentId, ...plan.labels },
    ...(stopTimeout === undefined ? {} : { StopTimeout: stopTimeout }),
    HostConfig: {
      // A first process of ours would have to collect what user code leaves behind.
      Init: true,
      Mounts: plan.mounts.map(({ source, target }) => ({ Type: "bind", Source: source, Target: target })),
      Binds: volumes,
      NetworkMode: network,
      ...(network === "host" ? {} : { ExtraHosts: [`${HOST_NAME}:host-gateway`] }),
      ...(memory === undefined ? {} : { Memory: toBytes(memory) }),
      ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    },
  };
}

/** Under which containers reach the agent's machine. */
export const HOST_NAME = "host.docker.internal";

/**
 * An address of the agent's, as its containers reach it: in a network of their own, the loopback is theirs.
 *
 * @param networks the container's networks; `host` is the agent's own.
 */
export function toContainerUrl(url: string, networks: readonly string[] | undefined): string {
  const parsed = new URL(url);
  if (networks?.[0] === "host" || !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(parsed.hostname))
    return url;
  parsed.hostname = HOST_NAME;
  return parsed.href;
}
