import { mkdirSync, rmSync } from "node:fs";
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
import { startStandbyContainer } from "./standby-container.ts";
import { findWorkerContainers, findWorkerOf, launchWorkerContainer } from "./run-worker-container.ts";

/** What the Docker launcher needs of its agent. */
export interface DockerLauncherOptions extends Omit<
  DockerHost,
  | "engine"
  | "findUser"
  | "socketFolder"
  | "workersFolder"
  | "standbysFolder"
  | "builtFolder"
  | "workers"
  | "standbys"
  | "released"
> {
  readonly engine: EngineAddress;
  /** The folder that one agent at a time has for itself. */
  readonly home: string;
  /** Whether workers wait in containers of their own for their runs. */
  readonly hasStandbys: boolean;
}

/**
 * Launches code servers and run workers as containers of a Docker engine on the agent's machine, from the images of code
 * locations. Each shares a folder with the agent, by which they talk and in which a worker leaves its journal.
 */
export function createDockerLauncher({
  home,
  engine: address,
  hasStandbys,
  ...options
}: DockerLauncherOptions): Launcher {
  const sockets = openSocketFolder(home);
  const [workersFolder, builtFolder] = [join(home, "container-workers"), join(home, "container-code")];
  const standbysFolder = join(home, "container-standbys");
  // Of an agent before this one: its workers have ended with it.
  rmSync(standbysFolder, { recursive: true, force: true });
  for (const folder of [workersFolder, builtFolder, standbysFolder])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
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
    standbysFolder,
    standbys: new Map(),
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
    ...(hasStandbys ? { startStandby: (launch) => startStandbyContainer(host, launch) } : {}),
    async findWorkers() {
      await removeEndedCodeServers(host);
      return findWorkerContainers(host);
    },
    close() {
      released.abort();
      for (const hangUp of host.standbys.values()) hangUp();
      sockets.release();
    },
  };
}
