import { join } from "node:path";
import { setFolderAside } from "../../home/state-file.ts";
import { isRunning } from "../../home/process-identity.ts";
import type { WorkerHandle } from "../launcher.ts";
import type { ProcessHost } from "./process-host.ts";
import { createRunWorker, parseWorkerRecord } from "./run-worker-process.ts";
import { speakForAdopted } from "./speak-for-adopted.ts";
import { untilAdoptedEnded } from "./spawn-process.ts";
import { listWorkerDirectories, readWorkerState, removeWorkerDirectory } from "../files/worker-directory.ts";

/**
 * The workers with a run that this agent or earlier ones on this home started, whether they live or have ended. Folders without
 * a run are removed: a worker that stood by in one ends by itself when its agent is gone.
 */
export function findWorkerProcesses(host: ProcessHost): WorkerHandle[] {
  return listWorkerDirectories(host.workersFolder).flatMap((directory) => {
    try {
      const known = host.workers.get(directory);
      return (known === undefined ? findWorker(host, directory) : known) ?? [];
    } catch (error) {
      const setAside = setFolderAside(directory);
      host.logger.error(
        { directory, setAside, err: error },
        "a worker's folder can't be used; it was set aside",
      );
      return [];
    }
  });
}

function findWorker(host: ProcessHost, directory: string): WorkerHandle | null {
  const state = readWorkerState(directory, host.logger);
  if (state === null) {
    removeWorkerDirectory(directory);
    return null;
  }
  const identity = parseWorkerRecord(state.record);
  const ended = untilAdoptedEnded(host, identity, join(directory, "stderr")).then((end) =>
    // Its agent died while it handed over the run: whether it has begun, the control plane knows.
    state.accepted ? end : { ...end, how: "never_started" as const },
  );
  const worker = createRunWorker(host, state, identity, ended, directory);
  if (isRunning(identity)) void speakForAdopted(host, state, worker.place, directory, ended);
  return worker;
}
