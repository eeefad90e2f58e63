import type { RunWorkerReport } from "@millrace/protocol/agent-api.gen";
import type { Logger } from "pino";
import {
  describeExit,
  type AssignedSpec,
  type Launcher,
  type RunWorker,
  type StandbyWorker,
} from "../launchers/launcher.ts";
import { setFolderAside } from "../home/state-file.ts";
import {
  hasEvents,
  listWorkerDirectories,
  readWorkerState,
  removeWorkerDirectory,
  writeSpec,
  writeWorkerState,
  type WorkerState,
} from "./worker-directory.ts";

/** A worker with a run, from its assignment until its end has been reported. */
export interface TrackedWorker {
  readonly runId: string;
  readonly attempt: number;
  readonly directory: string;
  readonly worker: RunWorker;
  /** Resolves when the worker is gone and the control plane knows it. Rejects only when the agent stops. */
  readonly reported: Promise<void>;
}

/** The workers that run, or have ended and still have something to deliver. */
export interface WorkerRegistry {
  /** The worker of one attempt of a run, alive or ended. */
  find(runId: string, attempt: number): TrackedWorker | null;
  list(): readonly TrackedWorker[];
  report(): RunWorkerReport[];
  /**
   * Gives a standby worker its run.
   *
   * @throws LaunchFailed when the worker did not accept it; nothing is left of it then.
   */
  assign(standby: StandbyWorker, spec: AssignedSpec): Promise<void>;
  /** Takes over what earlier agents left: living workers, ended ones with something to deliver, and folders of no use. */
  adoptAll(): void;
}

/**
 * @param settle called once a worker has ended: delivers what it left and reports its end, for as long as that takes.
 */
export function createWorkerRegistry(
  launcher: Launcher,
  workersFolder: string,
  settle: (worker: Omit<TrackedWorker, "reported">) => Promise<void>,
  logger: Logger,
): WorkerRegistry {
  const workers = new Map<string, TrackedWorker>();

  function track(state: WorkerState, directory: string, worker: RunWorker): void {
    const key = keyOf(state.runId, state.attempt);
    const tracked = { runId: state.runId, attempt: state.attempt, directory, worker };
    const reported = worker.ended.then(async (exit) => {
      const failed = exit.exitCode !== 0;
      const log = { runId: state.runId, attempt: state.attempt, workerPid: worker.pid };
      if (failed) logger.warn(log, `run worker ended: ${describeExit(exit)}`);
      else logger.info(log, "run worker ended");
      await settle(tracked);
      removeWorkerDirectory(directory);
      workers.delete(key);
    });
    // When the agent stops, the next one finds the folder. Anything else (a full disk) is for somebody to read.
    reported.catch((error: unknown) => {
      if ((error as Error).name !== "AbortError") {
        logger.error(
          { runId: state.runId, directory, err: error },
          "a worker's end could not be reported; the next start tries again",
        );
      }
    });
    workers.set(key, { ...tracked, reported });
  }

  function adopt(directory: string): void {
    const state = readWorkerState(directory, logger);
    if (!state) {
      // A standby worker: it ends by itself when its agent is gone.
      removeWorkerDirectory(directory);
      return;
    }
    const worker = launcher.findWorker(state.record);
    const log = { runId: state.runId, attempt: state.attempt, workerPid: worker.pid };
    if (!worker.isRunning() && !state.accepted && !hasEvents(directory)) {
      // Its agent died while handing over the run. The work item was not completed, so it comes again.
      logger.info(log, "a run was never begun; it will be launched when it is delivered again");
      removeWorkerDirectory(directory);
      return;
    }
    logger.info(log, worker.isRunning() ? "adopted a running worker" : "found a worker that ended unseen");
    track(state, directory, worker);
  }

  return {
    find: (runId, attempt) => workers.get(keyOf(runId, attempt)) ?? null,
    list: () => [...workers.values()],
    report: () =>
      [...workers.values()].map(({ runId, attempt, worker }) => ({ runId, attempt, pid: worker.pid })),
    async assign(standby, spec) {
      const { directory } = standby;
      const state = { runId: spec.runId, attempt: spec.attempt, record: standby.record };
      // On disk before the worker hears of it: whatever dies next, the next agent knows whose run this is.
      writeSpec(directory, spec);
      writeWorkerState(directory, { ...state, accepted: false });
      let worker: RunWorker;
      try {
        worker = await standby.assign(spec);
      } catch (error) {
        await standby.discard();
        removeWorkerDirectory(directory);
        throw error;
      }
      writeWorkerState(directory, { ...state, accepted: true });
      track({ ...state, accepted: true }, directory, worker);
    },
    adoptAll() {
      for (const directory of listWorkerDirectories(workersFolder)) {
        try {
          adopt(directory);
        } catch (error) {
          const setAside = setFolderAside(directory);
          logger.error(
            { directory, setAside, err: error },
            "a worker's folder can't be used; it was set aside",
          );
        }
      }
    },
  };
}

function keyOf(runId: string, attempt: number): string {
  return `${runId}.${attempt}`;
}
