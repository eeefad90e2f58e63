/** What a worker says of its run's wait; instants are milliseconds since the epoch, by its own clock. */
interface SaidWait {
  readonly timestamp: number;
  readonly until: number;
}

/**
 * When a run goes on whose worker says until when it waits, by our clock. Between clocks that agree that is what the worker says,
 * however late we hear of it. A worker whose clock is ahead waits as long as it has said from now on, and so does one whose clock is
 * behind, of which the next attempt would only find that its time has not come.
 *
 * @param now by our clock, when we hear of it.
 */
export function resumeAt(now: number, { timestamp, until }: SaidWait): number {
  const left = now + Math.max(0, until - timestamp);
  return until > now ? Math.min(until, left) : left;
}
