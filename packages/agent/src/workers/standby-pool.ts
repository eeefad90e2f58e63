import { describeWorkerEnd } from "@millrace/model/runs/worker-end";
import { scatteredBackoffMs, type Backoff } from "@millrace/model/waiting/backoff";
import type { IntroducedWorker, StandbyWorker } from "../launchers/launcher.ts";
import type { StartGate } from "../launchers/start-gate.ts";
import type { RetryContext } from "../uplink/uplink.ts";

/**
 * How long after a worker was taken its replacement is started. Loading code takes a core for a while, and the worker
 * that was just taken is about to run the user's first line.
 */
const REPLACE_AFTER_MS = 75;
/** A worker that ends sooner than this without a run counts as a failed start, so that the pool does not spin. */
const HEALTHY_AFTER_MS = 10_000;
/** How often workers that wait are looked at: those that would load something else by now are replaced. */
const LOOK_EVERY_MS = 15_000;
/** Pauses between starts that fail. */
const START_BACKOFF: Backoff = { firstMs: 1_600, longestMs: 5_000 };

/** Workers of one version of one code location that have loaded its code and wait for a run. */
export interface StandbyPool {
  /** How many to keep waiting. */
  resize(size: number): void;
  /**
   * A worker that is ready, else the one that will be soonest, else a new one: the cold way. It is the caller's now.
   *
   * @param workerId which one is taken if it still waits, whatever else does. Default: none in particular.
   * @throws LaunchFailed when it did not get ready.
   */
  take(workerId?: string): Promise<StandbyWorker>;
  /** Those that are ready and have said who they are, the next to be taken first. */
  listReady(): IntroducedWorker[];
  /** Ends all that wait, and keeps none any more; resolves when they are gone. */
  close(): Promise<void>;
}

/**
 * @param start starts a worker.
 * @param gate what every pool of the agent starts its workers through.
 * @param onReady called when another one is ready.
 */
export function createStandbyPool(
  start: () => StandbyWorker,
  gate: StartGate,
  size: number,
  { clock, random, logger }: RetryContext,
  onReady: () => void = () => {},
): StandbyPool {
  /** In the order of their start; a ready one stands before those that still load, unless it overtook them. */
  const waiting: StandbyWorker[] = [];
  const ready = new Set<StandbyWorker>();
  const closed = new AbortController();
  const leaving = new Set<Promise<void>>();
  let wanted = size;
  let failures = 0;
  let filling = false;

  /** Resolves when the new worker is ready, or with false when it is not going to be. */
  async function add(): Promise<boolean> {
    const startedAt = clock.monotonic();
    const worker = start();
    waiting.push(worker);
    worker.ready.then(
      () => {
        // It may have been taken while it was loading.
        if (!waiting.includes(worker)) return;
        ready.add(worker);
        onReady();
      },
      () => {},
    );
    void worker.ended.then((end) => {
      if (!forget(worker)) return;
      failures = clock.monotonic() - startedAt < HEALTHY_AFTER_MS ? failures + 1 : 0;
      logger.warn(
        { worker: worker.place, failures },
        `a standby worker ${describeWorkerEnd(end)} without a run; another takes its place`,
      );
      void fill(backoffMs());
    });
    return worker.ready.then(
      () => true,
      () => false,
    );
  }

  function backoffMs(): number {
    return scatteredBackoffMs(START_BACKOFF, failures, random());
  }

  function dropStale(): void {
    for (const worker of waiting.slice()) if (!worker.isCurrent()) startDiscarding(worker);
  }

  async function replaceStale(): Promise<void> {
    while (!closed.signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, closed.signal);
      dropStale();
      void fill(0);
    }
  }

  /** Takes the one that is ready, else the one that will be soonest, out of the pool. */
  function pick(workerId?: string): StandbyWorker | undefined {
    dropStale();
    const [first] = ready;
    const wanted = waiting.find((one) => workerId !== undefined && one.findIdentity()?.workerId === workerId);
    const worker = wanted ?? first ?? waiting[0];
    if (worker !== undefined) forget(worker);
    return worker;
  }

  async function startCold(): Promise<StandbyWorker> {
    const worker = pick() ?? start();
    await worker.ready;
    return worker;
  }

  /** Takes a worker out of the pool. False: it was out already. */
  function forget(worker: StandbyWorker): boolean {
    ready.delete(worker);
    const index = waiting.indexOf(worker);
    if (index >= 0) waiting.splice(index, 1);
    return index >= 0;
  }

  async function fill(afterMs: number): Promise<void> {
    if (filling) return;
    filling = true;
    try {
      await clock.sleep(afterMs, closed.signal);
      while (isShort()) {
        const isReady = await gate.run(async () => !isShort() || (await add()));
        if (!isReady) await clock.sleep(backoffMs(), closed.signal);
      }
    } finally {
      filling = false;
    }
  }

  function isShort(): boolean {
    return waiting.length < wanted && !closed.signal.aborted;
  }

  async function discard(worker: StandbyWorker): Promise<void> {
    forget(worker);
    await worker.discard();
  }

  function startDiscarding(worker: StandbyWorker): void {
    const gone = discard(worker).finally(() => leaving.delete(gone));
    leaving.add(gone);
  }

  void fill(0);
  void replaceStale();
  return {
    resize(next) {
      wanted = next;
      while (waiting.length > wanted) {
        const last = waiting.at(-1);
        if (last) startDiscarding(last);
      }
      void fill(0);
    },
    listReady: () => [...ready].flatMap((worker) => worker.findIdentity() ?? []),
    async take(workerId) {
      const warm = pick(workerId);
      void fill(REPLACE_AFTER_MS);
      const worker = warm ?? (await gate.run(startCold));
      await worker.ready;
      failures = 0;
      return worker;
    },
    async close() {
      closed.abort();
      for (const worker of waiting.slice()) startDiscarding(worker);
      await Promise.all(leaving);
    },
  };
}
