import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { readTail } from "../../home/read-tail.ts";

/** How much of what it wrote is told with the end of a process. */
const LAST_OUTPUT_BYTES = 4_096;
/** What V8 writes before it gives up. */
const HEAP_IS_FULL = "JavaScript heap out of memory";

/**
 * How a process ended, as its parent was told; both null: it ended unseen, its parent was gone.
 *
 * @param lastOutput the end of what it wrote to stderr.
 */
export function toWorkerEnd(exitCode: number | null, signal: string | null, lastOutput: string): WorkerEnd {
  const last = lastOutput === "" ? null : lastOutput;
  if (signal === "SIGABRT" && lastOutput.includes(HEAP_IS_FULL))
    return { how: "out_of_memory", exitCode: null, detail: "its JavaScript heap was full", lastOutput: last };
  if (signal !== null) return { how: "signaled", exitCode: null, detail: signal, lastOutput: last };
  return { how: exitCode === null ? "lost" : "exited", exitCode, detail: null, lastOutput: last };
}

/**
 * The last lines of a process's stderr.
 *
 * @param from byte before which another process wrote.
 */
export function readLastOutput(stderr: string, from = 0): string {
  return readTail(stderr, LAST_OUTPUT_BYTES, from).trim();
}
