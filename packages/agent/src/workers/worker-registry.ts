import { describeWorkerEnd, type WorkerEnd } from "@millrace/model/runs/worker-end";
import type { RunWorkerReport } from "@millrace/protocol/agent-api.gen";
import type { Logger } from "pino";
import type { Launcher, WorkerHandle } from "../launchers/launcher.ts";

/** A worker with a run, from its launch until its end has been reported. */
export interface TrackedWorker {
  readonly runId: string;
  readonly attempt: number;
  readonly worker: WorkerHandle;
  /** How it ended, once that is known. */
  findEnd(): WorkerEnd | null;
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
   * Gives one attempt of a run its worker, by `launch`; one that has its worker already, or is about to get it, gets no second
   * one. Throws what `launch` throws.
   */
  launch(runId: string, attempt: number, launch: () => Promise<WorkerHandle>): Promise<TrackedWorker>;
  /** Takes over what earlier agents left: living workers, and ended ones with something to deliver. */
  adoptAll(): Promise<void>;
}

/**
 * @param settle called once a worker has ended: delivers what it left and reports its end, for as long as that takes.
 */
export function createWorkerRegistry(
  launcher: Launcher,
  settle: (worker: WorkerHandle) => Promise<void>,
  logger: Logger,
): WorkerRegistry {
  const workers = new Map<string, TrackedWorker>();
  const launching = new Map<string, Promise<TrackedWorker>>();

  function track(worker: WorkerHandle): TrackedWorker {
    const { runId, attempt, place } = worker;
    const key = keyOf(runId, attempt);
    const log = { runId, attempt, worker: place };
    let known: WorkerEnd | null = null;
    const reported = worker.ended.then(async (end) => {
      known = end;
      const failed = end.exitCode !== 0;
      if (failed) logger.warn(log, `the run worker ${describeWorkerEnd(end)}`);
      else logger.info(log, "the run worker ended");
      await settle(worker);
      await worker.remove();
      workers.delete(key);
    });
    // When the agent stops, the next one finds the worker. Anything else (a full disk) is for somebody to read.
    reported.catch((error: unknown) => {
      if ((error as Error).name !== "AbortError")
        logger.error(
          { ...log, err: error },
          "a worker's end could not be reported; the next start tries again",
        );
    });
    const tracked = { runId, attempt, worker, findEnd: () => known, reported };
    workers.set(key, tracked);
    return tracked;
  }

  return {
    find: (runId, attempt) => workers.get(keyOf(runId, attempt)) ?? null,
    list: () => [...workers.values()],
    report: () =>
      [...workers.values()].map(({ runId, attempt, worker }) => ({ runId, attempt, place: worker.place })),
    async launch(runId, attempt, launch) {
      const key = keyOf(runId, attempt);
      const before = workers.get(key);
      // One that an earlier agent left without its run stands in nobody's way once that is said.
      if (before?.findEnd()?.how === "never_started") await before.reported;
      const existing = workers.get(key) ?? launching.get(key);
      if (existing !== undefined) return existing;
      const started = launch()
        .then(track)
        .finally(() => launching.delete(key));
      launching.set(key, started);
      return started;
    },
    async adoptAll() {
      for (const worker of await launcher.findWorkers()) {
        const { runId, attempt, place } = worker;
        if (workers.has(keyOf(runId, attempt))) continue;
        logger.info({ runId, attempt, worker: place }, "adopted a run worker");
        track(worker);
      }
    },
  };
}

function keyOf(runId: string, attempt: number): string {
  return `${runId}.${attempt}`;
}
