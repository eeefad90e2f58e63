import { backgroundClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";

/** How long a code server whose agent has gone waits to be adopted by the next one. */
const ADOPTION_MS = 60_000;

/** Ends a server that nobody looks after. */
export interface OrphanWatch {
  /** Somebody has called. */
  onCall(): void;
}

/**
 * Watches for the end of the IPC channel to the agent that started this process. After it, the server ends once nobody
 * has called for a minute. A server that was started without a channel, by hand, stays.
 *
 * @param isApart whether its agent is one without a channel, which shows only by its calls: they are watched from the start.
 * @param adoptionMs milliseconds without a call after which the server counts as orphaned.
 */
export function watchForOrphaning(
  onOrphaned: () => void,
  isApart: boolean,
  adoptionMs: number = ADOPTION_MS,
): OrphanWatch {
  let lastCall = performance.now();
  const check = (): void => {
    const left = lastCall + adoptionMs - performance.now();
    if (left <= 0) onOrphaned();
    else after(backgroundClock, left, check);
  };
  if (isApart) check();
  else
    process.once("disconnect", () => {
      lastCall = performance.now();
      check();
    });
  return {
    onCall() {
      lastCall = performance.now();
    },
  };
}
