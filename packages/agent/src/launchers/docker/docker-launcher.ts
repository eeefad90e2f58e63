import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { withoutMachine } from "../../policy/given-environment.ts";
import { launchOnce } from "../launch-once.ts";
import type { Launcher } from "../launcher.ts";
import { openSocketFolder } from "../files/socket-folder.ts";
import {
  findCodeServerContainer,
  removeEndedCodeServers,
  startCodeServerContainer,
} from "./code-server-container.ts";
import { rememberUser } from "./container-user.ts";
import { createDockerEngine } from "./docker-engine.ts";
import type { EngineAddress } from "./engine-address.ts";
import type { DockerHost } from "./docker-host.ts";
import { findWorkerContainers, findWorkerOf, launchWorkerContainer } from "./run-worker-container.ts";

/** What the Docker launcher needs of its agent. */
export interface DockerLauncherOptions extends Omit<
  DockerHost,
  "engine" | "findUser" | "socketFolder" | "workersFolder" | "builtFolder" | "workers" | "released"
> {
  readonly engine: EngineAddress;
  /** The folder that one agent at a time has for itself. */
  readonly home: string;
}

/**
 * Launches code servers and run workers as containers of a Docker engine on the agent's machine, from the images of code
 * locations. Each shares a folder with the agent, by which they talk and in which a worker leaves its journal.
 */
export function createDockerLauncher({ home, engine: address, ...options }: DockerLauncherOptions): Launcher {
  const sockets = openSocketFolder(home);
  const [workersFolder, builtFolder] = [join(home, "container-workers"), join(home, "container-code")];
  for (const folder of [workersFolder, builtFolder]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(options.storageDirectory, { recursive: true, mode: 0o700 });
  const released = new AbortController();
  const engine = createDockerEngine(address);
  const host: DockerHost = {
    ...options,
    environment: withoutMachine(options.environment),
    engine,
    findUser: rememberUser(engine),
    socketFolder: sockets.path,
    workersFolder,
    builtFolder,
    workers: new Map(),
    released: released.signal,
  };

  return {
    kind: "docker",
    startsContainers: true,
    storageDirectory: options.storageDirectory,
    startCodeServer: (launch, signal) => startCodeServerContainer(host, launch, signal),
    findCodeServer: (record) => findCodeServerContainer(host, record),
    launchWorker: launchOnce(
      async (spec, launch, signal) =>
        (await findWorkerOf(host, spec)) ?? launchWorkerContainer(host, spec, launch, signal),
    ),
    async findWorkers() {
      await removeEndedCodeServers(host);
      return findWorkerContainers(host);
    },
    close() {
      released.abort();
      sockets.release();
    },
  };
}
