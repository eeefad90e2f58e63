import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openAgentApiConnections, type AgentApiConnections } from "@millrace/protocol/agent-api-client";
import { launchOnce } from "../launch-once.ts";
import type { Launcher, WorkerHandle, WorkerLaunch, WorkerSpec } from "../launcher.ts";
import { findCodeServerProcess, startCodeServerProcess } from "./code-server-process.ts";
import { openSocketFolder } from "../files/socket-folder.ts";
import type { ProcessHost } from "./process-host.ts";
import { findWorkerProcesses } from "./find-workers.ts";
import { startStandbyProcess } from "./standby-process.ts";

/** What the process launcher needs of its agent. */
export interface ProcessLauncherOptions extends Omit<
  ProcessHost,
  "socketFolder" | "workersFolder" | "workers" | "released" | "connectionsTo"
> {
  /** The folder that one agent at a time has for itself. */
  readonly home: string;
}

/** Launches code servers and run workers as processes on the agent's machine. */
export function createProcessLauncher({ home, ...options }: ProcessLauncherOptions): Launcher {
  const sockets = openSocketFolder(home);
  const workersFolder = join(home, "workers");
  mkdirSync(workersFolder, { recursive: true, mode: 0o700 });
  const released = new AbortController();
  const connections = new Map<string, AgentApiConnections>();
  const host: ProcessHost = {
    ...options,
    socketFolder: sockets.path,
    workersFolder,
    workers: new Map(),
    released: released.signal,
    connectionsTo(agentApiUrl) {
      const open = connections.get(agentApiUrl) ?? openAgentApiConnections(agentApiUrl);
      connections.set(agentApiUrl, open);
      return open;
    },
  };

  async function launchCold(
    spec: WorkerSpec,
    launch: WorkerLaunch,
    signal: AbortSignal,
  ): Promise<WorkerHandle> {
    const found = findWorkerProcesses(host).find(
      ({ runId, attempt }) => runId === spec.runId && attempt === spec.attempt,
    );
    if (found !== undefined) return found;
    const standby = startStandbyProcess(host, launch);
    await standby.ready;
    if (signal.aborted) {
      await standby.discard();
      throw signal.reason;
    }
    return standby.assign(spec);
  }

  return {
    kind: "process",
    startsContainers: false,
    storageDirectory: options.storageDirectory,
    startCodeServer: (launch, signal) => startCodeServerProcess(host, launch, signal),
    findCodeServer: async (record) => findCodeServerProcess(host, record),
    launchWorker: launchOnce(launchCold),
    startStandby: (launch) => startStandbyProcess(host, launch),
    findWorkers: async () => findWorkerProcesses(host),
    close() {
      released.abort();
      for (const { agent } of connections.values()) agent.destroy();
      sockets.release();
    },
  };
}
