import { describeWorkerEnd, type WorkerEnd } from "@millrace/model/runs/worker-end";
import { LaunchFailed } from "./launcher.ts";

/** Loading a big project takes seconds; one that takes longer than this hangs. */
export const LOAD_TIMEOUT_MS = 5 * 60_000;

/** Of a code server that says something which nobody can read. */
export function notUnderstood(cause: unknown): LaunchFailed {
  return new LaunchFailed("The code server said something that this agent does not understand", { cause });
}

/**
 * Of a code server that has said nothing for `LOAD_TIMEOUT_MS`.
 *
 * @param lastOutput the end of what it has written.
 */
export function loadedTooLong(lastOutput: string): LaunchFailed {
  const words = lastOutput === "" ? "It wrote nothing" : `The last that it wrote:\n${lastOutput}`;
  return new LaunchFailed(
    `The code server did not finish loading within ${LOAD_TIMEOUT_MS / 60_000} minutes: what the entry file does when it is imported may wait for something. ${words}`,
    { code: "start_timed_out" },
  );
}

/**
 * Of something that ended before it had come to what it was started for, with the last that it wrote.
 *
 * @param subject as the beginning of a sentence: `The code server`.
 * @param before what it had not come to: `it was ready`.
 */
export function endedBefore(subject: string, end: WorkerEnd, before: string): LaunchFailed {
  const words = end.lastOutput === null ? "" : `\n${end.lastOutput}`;
  return new LaunchFailed(`${subject} ${describeWorkerEnd(end)} before ${before}${words}`, {
    code: isOutOfMemory(end) ? "out_of_memory" : "ended_before_ready",
  });
}

/** A heap that is full ends the process with SIGABRT, after it has said so. */
function isOutOfMemory({ how, lastOutput }: WorkerEnd): boolean {
  return how === "out_of_memory" || /heap out of memory/.test(lastOutput ?? "");
}
