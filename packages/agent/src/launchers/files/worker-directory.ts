import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Ids } from "@millrace/model/randomness";
import type { Logger } from "pino";
import type { JournalFiles } from "../launcher.ts";
import { countField, parseFields, readStateFile, textField, writeStateFile } from "../../home/state-file.ts";

/** `worker.json`: whose run a worker directory holds. */
export interface WorkerState {
  readonly runId: string;
  readonly attempt: number;
  /** What the launcher finds the worker by. */
  readonly record: unknown;
  /** Whether the worker said that it has its run. */
  readonly accepted: boolean;
}

/** Creates an empty folder for one worker; only this user can enter it. */
export function createWorkerDirectory(workersFolder: string, ids: Ids): string {
  const directory = join(workersFolder, ids.newId());
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** The folders of all workers of this agent and of the agents before it. */
export function listWorkerDirectories(workersFolder: string): string[] {
  mkdirSync(workersFolder, { recursive: true, mode: 0o700 });
  return readdirSync(workersFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(workersFolder, entry.name));
}

export function removeWorkerDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** Writes the spec with the run's token; readable by this user only. */
export function writeSpec(directory: string, spec: object): void {
  writeStateFile(join(directory, "spec.json"), spec);
}

/** The token and address in a worker's spec, or null when there is no usable spec. */
export function readCredentials(directory: string, logger: Logger): JournalFiles["credentials"] {
  return readStateFile(
    join(directory, "spec.json"),
    (document) => {
      const fields = parseFields(document);
      return { runToken: textField(fields, "runToken"), agentApiUrl: textField(fields, "agentApiUrl") };
    },
    logger,
  );
}

export function writeWorkerState(directory: string, state: WorkerState): void {
  writeStateFile(join(directory, "worker.json"), state);
}

/** Whose run the directory holds; null when it never got one, or the file can't be used. */
export function readWorkerState(directory: string, logger: Logger): WorkerState | null {
  return readStateFile(
    join(directory, "worker.json"),
    (document) => {
      const fields = parseFields(document);
      return {
        runId: textField(fields, "runId"),
        attempt: countField(fields, "attempt"),
        record: fields["record"],
        accepted: fields["accepted"] === true,
      };
    },
    logger,
  );
}
