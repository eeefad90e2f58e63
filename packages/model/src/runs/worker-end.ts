/**
 * How a worker or code server ended, as far as its launcher can tell: `exited` by itself, `signaled` from outside,
 * `out_of_memory` and `evicted` by whoever watches over memory and machines, `lost` (it is gone, and nobody saw how),
 * `never_started` (it never came to its run).
 */
export const WORKER_END_CAUSES = [
  "exited",
  "signaled",
  "out_of_memory",
  "evicted",
  "lost",
  "never_started",
] as const;
export type WorkerEndCause = (typeof WORKER_END_CAUSES)[number];

/** The end of a worker or code server. */
export interface WorkerEnd {
  readonly how: WorkerEndCause;
  /** Of one that exited; null where that is not known. */
  readonly exitCode: number | null;
  /** What else the launcher knows: the signal's name, the limit that was passed, why it was evicted or not started. */
  readonly detail: string | null;
  /** The last lines it wrote to stderr; null: they are not known, or there are none. */
  readonly lastOutput: string | null;
}

/**
 * Whether a worker was asked to stop and ended at once, as a process does that can't answer: while it waits for a debugger, or before
 * it has begun to listen.
 */
export function isInterrupted({ how, detail }: WorkerEnd): boolean {
  return how === "signaled" && detail === "SIGINT";
}

/** How something ended, to go on a sentence that names it: `ended with exit code 1`, `was killed by SIGTERM`. */
export function describeWorkerEnd({ how, exitCode, detail }: WorkerEnd): string {
  const because = detail === null ? "" : `: ${detail}`;
  switch (how) {
    case "exited":
      return exitCode === null ? "ended unseen" : `ended with exit code ${exitCode}`;
    case "signaled":
      if (detail === "SIGINT") return "was asked to stop (SIGINT), and ended at once";
      return detail === "SIGKILL"
        ? "was killed by SIGKILL (from outside, or out of memory)"
        : `was killed by ${detail ?? "a signal"}`;
    case "out_of_memory":
      return `ran out of memory${because}`;
    case "evicted":
      return `was evicted${because}`;
    case "lost":
      return `is gone, and nobody saw how it ended${because}`;
    case "never_started":
      return `never started${because}`;
  }
}
