import type { NamedHold } from "./hold.ts";
import type { QueueUsage, RunInQueue } from "./queue-usage.ts";

/** What a pass over queued runs comes to. */
export interface QueuePass<Run> {
  /** The runs that may start, in the order in which they do. */
  readonly runnable: readonly Run[];
  /** Those that something holds back, with what that is. The others wait for the limit of all runs, or for another pass. */
  readonly held: readonly { readonly run: Run; readonly hold: NamedHold }[];
}

/** A queued run that is looked at with others. */
export interface Candidate extends RunInQueue {
  /** Whether runs that are next after it may not be among the others: whose turn it is then, another pass must say. Default: no. */
  readonly mayHideOthers?: boolean;
}

/**
 * Which queued runs may start now, for which it takes room: highest priority first; of these, where the order is fair, one of the code
 * location that has the fewest runs by then; then in the order of submission. A run that one of its tags, its pools or its location
 * holds back does not hold back those behind it.
 */
export function selectRunnable<Run extends Candidate>(
  queued: readonly Run[],
  usage: QueueUsage,
): QueuePass<Run> {
  const runnable: Run[] = [];
  const held: { run: Run; hold: NamedHold }[] = [];
  for (const run of usage.order === "fair" ? inTurn(queued, usage) : queued.toSorted(compareInQueue)) {
    const hold = usage.take(run);
    if (hold?.kind === "deployment") break;
    if (hold === null) runnable.push(run);
    else held.push({ run, hold });
    if (run.mayHideOthers) break;
  }
  return { runnable, held };
}

/** Order of the queue; the id decides between runs of one instant, so that every replica sees the same order. */
function compareInQueue(a: RunInQueue, b: RunInQueue): number {
  return b.priority - a.priority || a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1);
}

/** Code locations take turns: whose it is, is asked anew when the one before has taken room, or has not. */
function* inTurn<Run extends RunInQueue>(queued: readonly Run[], usage: QueueUsage): Generator<Run> {
  const lines = Map.groupBy(
    queued.toSorted((a, b) => -compareInQueue(a, b)),
    ({ locationName }) => locationName,
  );
  const isBefore = (a: Run, b: Run): boolean =>
    (b.priority - a.priority ||
      usage.countOf(a.locationName) - usage.countOf(b.locationName) ||
      compareInQueue(a, b)) < 0;
  for (;;) {
    let first: Run | undefined;
    for (const line of lines.values()) {
      const run = line.at(-1);
      if (run !== undefined && (first === undefined || isBefore(run, first))) first = run;
    }
    if (first === undefined) return;
    lines.get(first.locationName)?.pop();
    yield first;
  }
}
