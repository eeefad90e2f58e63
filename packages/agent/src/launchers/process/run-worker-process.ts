import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { parseFields } from "../../home/state-file.ts";
import {
  killGroup,
  parseProcessIdentity,
  signalProcess,
  type ProcessIdentity,
} from "../../home/process-identity.ts";
import type { WorkerHandle } from "../launcher.ts";
import type { ProcessHost } from "./process-host.ts";
import { readCredentials, removeWorkerDirectory, type WorkerState } from "../files/worker-directory.ts";

/** What is kept about a worker's process, so that the next agent finds it. */
export interface WorkerRecord {
  readonly process: ProcessIdentity;
}

/** Reads a worker's record from its state file. Throws when it isn't one. */
export function parseWorkerRecord(record: unknown): ProcessIdentity {
  return parseProcessIdentity(parseFields(record)["process"]);
}

/** A process that has its run, as the agent knows it; `directory` holds its journal. */
export function createRunWorker(
  host: ProcessHost,
  { runId, attempt }: Pick<WorkerState, "runId" | "attempt">,
  identity: ProcessIdentity,
  ended: Promise<WorkerEnd>,
  directory: string,
): WorkerHandle {
  ended.catch(() => {}); // The agent stops looking after it.
  const worker: WorkerHandle = {
    runId,
    attempt,
    place: `process ${identity.pid}`,
    ended,
    async interrupt() {
      signalProcess(identity, "SIGINT");
    },
    async kill() {
      killGroup(identity);
    },
    async openJournal() {
      return { directory, credentials: readCredentials(directory, host.logger) };
    },
    async remove() {
      removeWorkerDirectory(directory);
      host.workers.delete(directory);
    },
  };
  host.workers.set(directory, worker);
  return worker;
}
