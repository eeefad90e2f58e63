import type { NamedHold } from "./hold.ts";
import type { QueueUsage, RunInQueue } from "./queue-usage.ts";

/** What a pass over queued runs comes to. */
export interface QueuePass<Run> {
  /** The runs that may start, in the order in which they do. */
  readonly runnable: readonly Run[];
  /** Those that something holds back, with what that is. The others wait for the limit of all runs. */
  readonly held: readonly { readonly run: Run; readonly hold: NamedHold }[];
}

/**
 * Which queued runs may start now, for which it takes room: highest priority first, then in the order of submission. A run that
 * one of its tags, its pools or its location holds back does not hold back those behind it.
 */
export function selectRunnable<Run extends RunInQueue>(
  queued: readonly Run[],
  usage: QueueUsage,
): QueuePass<Run> {
  const runnable: Run[] = [];
  const held: { run: Run; hold: NamedHold }[] = [];
  for (const run of queued.toSorted(compareInQueue)) {
    const hold = usage.take(run);
    if (hold?.kind === "deployment") break;
    if (hold === null) runnable.push(run);
    else held.push({ run, hold });
  }
  return { runnable, held };
}

/** Order of the queue; the id decides between runs of one instant, so that every replica sees the same order. */
function compareInQueue(a: RunInQueue, b: RunInQueue): number {
  return b.priority - a.priority || a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1);
}
