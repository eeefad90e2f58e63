import { Worker } from "node:worker_threads";

/** What the thread that watches is told. */
export interface LoopWatch {
  readonly workingDirectory: string;
  readonly limitMs: number;
}

/**
 * Watches from another thread whether this one comes to the end of what it does: code that runs in a loop can't be interrupted from
 * within, nor can a timer. When the time is over, the place where the code is busy is told on stderr, and the process is killed.
 * Dispose of what is returned in time.
 */
export function watchLoop(watch: LoopWatch): Disposable {
  const thread = new Worker(new URL("loop-thread.ts", import.meta.url), { workerData: watch });
  // It is of no use alone, and what it can't do is no reason to fail.
  thread.unref();
  thread.on("error", () => {});
  return { [Symbol.dispose]: () => void thread.terminate() };
}
